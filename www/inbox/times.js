// Times in the page's language, the reader's own kind of it.

import { newTimes } from "../chat/times.js";

const { lang } = document.documentElement;

export const times = newTimes(navigator.languages.find((each) => each.startsWith(lang)) ?? lang);

// The code to copy: the page's own launcher and values, for HTML, React and a shell.

import { byId, copy } from "./dom.js";

/** @typedef {Record<string, string | number | boolean>} CustomData */
/**
 * @typedef {{ baseUrl: string, key: string, customData: CustomData,
 *   contact: Record<string, string> }} Values
 */

const languages = ["html", "react", "curl"];
let selected = "html";
/** @type {Values | undefined} */
let values;

/** Makes the tabs work: by click, and by the arrows. */
export function startCode() {
  for (const language of languages) {
    const tab = byId(`tab-${language}`);
    tab.addEventListener("click", () => select(language));
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key] ?? 0;
      if (step === 0) return;
      const index = languages.indexOf(selected) + step + languages.length;
      select(languages[index % languages.length] ?? "html");
      byId(`tab-${selected}`).focus();
    });
  }
  byId("copy").addEventListener("click", (event) => {
    copy(/** @type {Element} */ (event.currentTarget), byId("sample"));
  });
  select(selected);
}

/** @param {Values} shown */
export function showCode(shown) {
  values = shown;
  const { html, react, curl } = samples(values);
  byId("sample").textContent = selected === "html" ? html : selected === "react" ? react : curl;
}

/** @param {string} language */
function select(language) {
  selected = language;
  for (const each of languages) {
    const tab = byId(`tab-${each}`);
    tab.setAttribute("aria-selected", `${each === language}`);
    tab.tabIndex = each === language ? 0 : -1;
  }
  byId("code").setAttribute("aria-labelledby", `tab-${language}`);
  if (values) showCode(values);
}

/** @param {Values} values */
export function samples({ baseUrl, key, customData, contact }) {
  const script = `${baseUrl}/widget.js`;
  return {
    html: `<script type="module" src="${script}"
  data-key="${key}"></script>
<script>
  document.addEventListener("chat:ready", ({ target: chat }) => {
    chat.setCustomData(${literal(customData, "    ")});
  });
</script>`,
    react: `import { useEffect, useRef } from "react";

export function Chat() {
  const chat = useRef(null);
  useEffect(() => {
    import(/* webpackIgnore: true */ /* @vite-ignore */ "${script}");
    customElements.whenDefined("chat-launcher").then(() => {
      chat.current?.setCustomData(${literal(customData, "      ")});
    });
  }, []);
  return (
    <chat-launcher
      ref={chat}
      data-key="${key}"
    />
  );
}`,
    curl: `curl ${baseUrl}/chat/sessions \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Origin: ${location.origin}' \\
  -H 'Content-Type: application/json' \\
  -d ${shellWord(request(customData, contact))}`,
  };
}

/**
 * Returns an object as JavaScript that may stand in a script element.
 *
 * @param {CustomData} data
 * @param {string} indent
 */
function literal(data, indent) {
  const members = Object.entries(data).map(([name, value]) => {
    // Written plainly, it would set the prototype.
    const key = name === "__proto__" ? '["__proto__"]' : nameOf(name);
    return `${indent}  ${key}: ${json(value)},\n`;
  });
  return members.length > 0 ? `{\n${members.join("")}${indent}}` : "{}";
}

/** @param {string} name */
function nameOf(name) {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : json(name);
}

/** @param {unknown} value */
function json(value) {
  // `</script>` in a text would end the element.
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * @param {CustomData} customData
 * @param {Record<string, string>} contact
 */
function request(customData, contact) {
  return JSON.stringify(
    {
      channel: { type: "web" },
      ...(Object.keys(customData).length > 0 && { custom_data: customData }),
      ...(Object.keys(contact).length > 0 && { contact }),
    },
    null,
    2,
  );
}

/** @param {string} text */
function shellWord(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

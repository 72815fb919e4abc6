// PNG with a palette, a third of the size of one without. The browser that took a picture
// decodes it; its most frequent colours are the palette.

import { crc32, deflateSync } from "node:zlib";

/** @import { Page } from "playwright-core" */

const coloursMax = 128;
/** Bits of each channel that tell colours apart when they are counted. */
const countedBits = 5;

/**
 * Returns a PNG with fewer colours.
 *
 * @param {Page} page A page of any address, which only decodes.
 * @param {Buffer} png
 */
export async function withPalette(page, png) {
  const blank = await page.context().newPage();
  const { width, height, data } = await blank.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = /** @type {any} */ (canvas.getContext("2d"));
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const reader = new FileReader();
    const read = new Promise((resolve) => (reader.onload = () => resolve(reader.result)));
    reader.readAsDataURL(new Blob([data]));
    const [, text] = (await read).split(",");
    return { width: bitmap.width, height: bitmap.height, data: text };
  }, png.toString("base64"));
  await blank.close();
  return encode(width, height, Buffer.from(data, "base64"));
}

/** @type {(width: number, height: number, pixels: Buffer) => Buffer} */
function encode(width, height, pixels) {
  const colours = frequent(pixels);
  const nearest = new Map();
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = pixels.readUInt32BE((y * width + x) * 4) >>> 8;
      let index = nearest.get(colour);
      if (index === undefined) {
        index = nearestOf(colours, colour);
        nearest.set(colour, index);
      }
      rows[y * (width + 1) + 1 + x] = index;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, with a palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(colours.flatMap(channels))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Returns the most frequent colour of each of the most frequent groups of alike ones. */
function frequent(pixels) {
  const groups = new Map();
  for (let offset = 0; offset < pixels.length; offset += 4) {
    const colour = pixels.readUInt32BE(offset) >>> 8;
    const group = channels(colour).reduce(
      (sum, channel) => (sum << countedBits) | (channel >> (8 - countedBits)),
      0,
    );
    const of = groups.get(group) ?? { count: 0, colours: new Map() };
    of.count += 1;
    of.colours.set(colour, (of.colours.get(colour) ?? 0) + 1);
    groups.set(group, of);
  }
  return Array.from(groups.values())
    .sort((a, b) => b.count - a.count)
    .slice(0, coloursMax)
    .map(({ colours }) => Array.from(colours).sort(([, a], [, b]) => b - a)[0][0]);
}

/** @param {number} colour */
const channels = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** @type {(colours: number[], colour: number) => number} */
function nearestOf(colours, colour) {
  const [red, green, blue] = channels(colour);
  const distances = colours.map((other) => {
    const [r, g, b] = channels(other);
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  });
  return distances.indexOf(Math.min(...distances));
}

/** @type {(type: string, data: Buffer) => Buffer} */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

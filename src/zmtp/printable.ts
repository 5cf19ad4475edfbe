import { decodeText } from "./bytes.js"

/** Default maximum of characters or bytes that are shown of peer data. */
const MOST = 256

/**
 * What must not reach a terminal or a log as it is: control characters (Cc; those of C1 are escape sequences too),
 * separators of lines (Zl, Zp), halves of surrogate pairs (Cs), and the controls that change the direction of text.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Inside quotes, also quotes and backslashes. */
const UNSAFE_IN_QUOTES = new RegExp(`["\\\\]|${UNSAFE.source}`, "gu")

/** Bytes that decode to one of these are not shown as text. */
const BINARY = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" }

/**
 * Text that a peer may have chosen, fit for error messages, terminals and logs: on one line, without escape sequences,
 * of `most` characters at most, with "…" for the rest. Bytes that are not UTF-8 become `\xNN`.
 */
export function printable(content: string | Uint8Array, most: number = MOST): string {
  const [text, whole] = beginning(content, most)
  return `${text.replace(UNSAFE, escaped)}${whole ? "" : "…"}`
}

/** Like `printable`, in double quotes. Bytes that are not text become `0x` and hexadecimal digits. */
export function quoted(content: string | Uint8Array, most: number = MOST): string {
  if (typeof content !== "string" && BINARY.test(decodeText(content.subarray(0, textEnd(content, most))))) {
    const part = content.subarray(0, most)
    return `0x${Array.from(part, hex).join("")}${part.length < content.length ? "…" : ""}`
  }
  const [text, whole] = beginning(content, most)
  return `"${text.replace(UNSAFE_IN_QUOTES, escaped)}${whole ? "" : "…"}"`
}

/** JSON is text that a peer may have chosen, too: escapes what `JSON.stringify` lets pass, without changing its meaning. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) => unicodeEscape(character.charCodeAt(0)))
}

function beginning(content: string | Uint8Array, most: number): [text: string, whole: boolean] {
  if (typeof content === "string") return [content.slice(0, most), content.length <= most]
  const end = textEnd(content, most)
  const part = content.subarray(0, end)
  const text = decodeText(part)
  const whole = end === content.length
  if (!text.includes("\ufffd")) return [text, whole]
  return [Array.from(part, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${hex(byte)}`)).join(""), whole]
}

/** Where the first `most` bytes end, or a little before that: not within a character of UTF-8. */
function textEnd(bytes: Uint8Array, most: number): number {
  if (bytes.length <= most) return bytes.length
  let end = most
  while (end > Math.max(0, most - 3) && (bytes[end]! & 0xc0) === 0x80) end--
  return end
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code)}` : unicodeEscape(code))
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0")
}

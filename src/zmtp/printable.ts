import { decodeText } from "./bytes.js"

/** Default maximum number of characters or bytes of peer data to show. */
const MOST = 256

/**
 * Characters that are unsafe in terminals and logs: control characters (Cc, including the escape sequences of C1), line
 * and paragraph separators (Zl, Zp), unpaired surrogates (Cs), and controls that change the direction of text.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Within quotes, also quotation marks and backslashes. Created on first use, because compiling it is slow. */
let unsafeInQuotes: RegExp | undefined

/** Bytes that decode to one of these are shown in hexadecimal. */
const BINARY = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/

/** Characters or bytes to escape at once: the JavaScript engine needs about 20 bytes of memory for each replacement. */
const SLICE = 0x8000

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" }

/**
 * Escapes text that a peer may have chosen, for error messages, terminals, and logs. The result is one line without
 * escape sequences. It shows the first `most` characters or bytes; "…" replaces the rest. Bytes that are not UTF-8
 * become `\xNN`.
 */
export function printable(content: string | Uint8Array, most: number = MOST): string {
  const [text, whole] = beginning(content, most)
  return `${escape(text, UNSAFE, escaped)}${whole ? "" : "…"}`
}

/** Like `printable`, in double quotes. Bytes that are not text are formatted in hexadecimal, with the prefix `0x`. */
export function quoted(content: string | Uint8Array, most: number = MOST): string {
  if (typeof content !== "string" && BINARY.test(decodeText(content.subarray(0, textEnd(content, most))))) {
    const part = content.subarray(0, most)
    return `0x${convert(part, hex)}${part.length < content.length ? "…" : ""}`
  }
  const [text, whole] = beginning(content, most)
  unsafeInQuotes ??= new RegExp(`["\\\\]|${UNSAFE.source}`, "gu")
  return `"${escape(text, unsafeInQuotes, escaped)}${whole ? "" : "…"}"`
}

/** Escapes the unsafe characters that `JSON.stringify` keeps, without changing the meaning of the JSON. */
export function printableJson(json: string): string {
  return escape(json, UNSAFE, (character) => unicodeEscape(character.charCodeAt(0)))
}

function beginning(content: string | Uint8Array, most: number): [text: string, whole: boolean] {
  if (typeof content === "string") return [content.slice(0, most), content.length <= most]
  const end = textEnd(content, most)
  const part = content.subarray(0, end)
  const text = decodeText(part)
  const whole = end === content.length
  if (!text.includes("\ufffd")) return [text, whole]
  return [convert(part, (byte) => ((byte & 0x80) === 0 ? String.fromCharCode(byte) : `\\x${hex(byte)}`)), whole]
}

/** Replaces every match in `text`. */
function escape(text: string, unsafe: RegExp, replacement: (character: string) => string): string {
  let escaped = ""
  for (let start = 0, end; start < text.length; start = end) {
    end = Math.min(start + SLICE, text.length)
    // Not between the halves of a surrogate pair.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--
    escaped += text.slice(start, end).replace(unsafe, replacement)
  }
  return escaped
}

function convert(bytes: Uint8Array, each: (byte: number) => string): string {
  let text = ""
  for (let start = 0; start < bytes.length; start += SLICE) {
    text += Array.from(bytes.subarray(start, start + SLICE), each).join("")
  }
  return text
}

/** Offset at which the first `most` bytes end, or slightly less: never within a UTF-8 character. */
function textEnd(bytes: Uint8Array, most: number): number {
  if (bytes.length <= most) return bytes.length
  let end = most
  while (end > Math.max(0, most - 3) && (bytes[end]! & 0xc0) === 0x80) end--
  return end
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  const digits = hex(code)
  return SHORT[character] ?? (digits.length === 2 ? `\\x${digits}` : unicodeEscape(code))
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0")
}

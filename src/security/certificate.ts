import { zmqError } from "../core/errors.js"
import { isCanonicalKey } from "../zmtp/handshake/curve/keys.js"
import { decodeZ85 } from "../zmtp/z85.js"

/** A CURVE certificate, as ZeroMQ tools store it in files: text in ZPL (RFC 4). */
export interface Certificate {
  /** Public key, 40 characters of Z85. */
  readonly publicKey: string
  /** Secret key, 40 characters of Z85. Present only in the private file of its owner. */
  readonly secretKey?: string
  /** Properties of the owner. Names consist of letters, digits, and `$-_@.&+/`. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Parses a certificate that `zmq.auth` of pyzmq, `zcert` of CZMQ, or `writeCertificate` has written.
 * @throws ZmqError EINVAL, with the number of the invalid line
 */
export function readCertificate(text: string): Certificate {
  if (typeof text !== "string") throw new TypeError("Certificate must be a string")
  const keys = new Map<string, string>()
  const metadata = new Map<string, string>()
  let section = ""
  text.split(/\r?\n/).forEach((line, index) => {
    const { depth, name, value } = parseLine(line, index + 1)
    if (name === undefined) return
    if (depth === 0) section = name
    else if (depth > 1 || value === undefined) return
    else if (section === "metadata") metadata.set(name, value)
    else if (section === "curve") keys.set(name, value)
  })
  const publicKey = keyOf(keys, "public-key")
  if (publicKey === undefined) throw invalid("Certificate has no public-key")
  const secretKey = keyOf(keys, "secret-key")
  return {
    publicKey,
    ...(secretKey === undefined ? {} : { secretKey }),
    metadata: Object.fromEntries(metadata),
  }
}

/**
 * Formats `certificate` as text for a file. If it contains `secretKey`, the file must be readable only by its owner
 * (mode 0600). To create the file that you distribute, omit `secretKey`.
 * @throws ZmqError EINVAL for an invalid key, or metadata that ZPL cannot represent
 */
export function writeCertificate({ publicKey, secretKey, metadata = {} }: Certificate): string {
  const keys = [`    public-key = "${checkKey(publicKey, "public-key")}"`]
  if (secretKey !== undefined) keys.push(`    secret-key = "${checkKey(secretKey, "secret-key")}"`)
  const said = Object.entries(metadata).map(([name, value]) => `    ${checkName(name)} = ${quote(value)}`)
  return ["metadata", ...said, "curve", ...keys, ""].join("\n")
}

interface Line {
  /** Levels of indentation, four spaces each. */
  readonly depth: number
  readonly name?: string
  readonly value?: string
}

/**
 * Parses `name`, `name = value`, `name = "value"`, or nothing, optionally followed by a comment. Takes linear time for
 * any line, because the file may come from an untrusted source.
 */
function parseLine(line: string, number: number): Line {
  const text = line.trimStart()
  if (isOver(text)) return { depth: 0 }
  const indent = lengthOf(BLANKS, line, 0)
  const end = lengthOf(NAME, line, indent)
  const name = line.slice(indent, indent + end)
  const value = name === "" || indent % INDENT !== 0 ? null : parseValue(line.slice(indent + end).trimStart())
  if (value === null) throw invalid(`Invalid certificate: line ${number} is not valid ZPL`)
  return { depth: indent / INDENT, name, ...(value === undefined ? {} : { value }) }
}

/** Parses what follows a name. Returns `undefined` for nothing, and `null` if it is invalid. */
function parseValue(text: string): string | undefined | null {
  if (isOver(text)) return undefined
  if (!text.startsWith("=")) return null
  const value = text.slice(1).trimStart()
  if (isOver(value)) return undefined
  const mark = value[0]!
  if (mark !== '"' && mark !== "'") return value.split("#", 1)[0]!.trimEnd()
  const end = value.indexOf(mark, 1)
  return end > 0 && isOver(value.slice(end + 1).trimStart()) ? value.slice(1, end) : null
}

/** Whether the rest of a line contains only a comment. */
function isOver(text: string): boolean {
  return text === "" || text.startsWith("#")
}

/** Number of characters that `pattern` matches at `position`. */
function lengthOf(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0].length ?? 0
}

function keyOf(keys: ReadonlyMap<string, string>, name: string): string | undefined {
  const key = keys.get(name)
  return key === undefined ? undefined : checkKey(key, name)
}

function checkKey(key: unknown, name: string): string {
  if (typeof key !== "string" || key.length !== KEY_LENGTH) {
    throw invalid(`Invalid ${name}: expected ${KEY_LENGTH} characters of Z85`)
  }
  let bytes: Uint8Array
  try {
    bytes = decodeZ85(key)
  } catch (error) {
    throw invalid(`Invalid ${name}: expected Z85`, error)
  }
  if (name === "public-key" && !isCanonicalKey(bytes)) {
    throw invalid(`Invalid ${name}: not the canonical form of an X25519 public key`)
  }
  return key
}

function checkName(name: string): string {
  if (!/^[\w$\-@.&+/]+$/.test(name))
    throw invalid(`Invalid metadata name ${JSON.stringify(name)}: expected letters, digits, and $-_@.&+/`)
  return name
}

/** Quotes a value. ZPL has no escapes, so a value can contain only one kind of quotation mark. */
function quote(value: unknown): string {
  const text = String(value)
  if (!/^[^\p{Cc}]*$/u.test(text) || (text.includes('"') && text.includes("'"))) {
    throw invalid(`Invalid metadata value ${JSON.stringify(text)}: ZPL cannot represent it`)
  }
  return text.includes('"') ? `'${text}'` : `"${text}"`
}

function invalid(message: string, cause?: unknown): Error {
  return zmqError("EINVAL", { message, cause })
}

const KEY_LENGTH = 40
const INDENT = 4
const BLANKS = / */y
const NAME = /[\w$\-@.&+/]+/y

import { zmqError } from "./errors.js"
import { decodeZ85 } from "./zmtp/z85.js"

/** Keys as other ZeroMQ tools keep them in files: text in ZPL (RFC 4). */
export interface Certificate {
  /** 40 characters of Z85. */
  readonly publicKey: string
  /** Only in the owner's own file, which nobody else may read. */
  readonly secretKey?: string
  /** What else is said of the owner: names of letters, digits and `$-_@.&+/`. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * The certificate in `text`, as `zmq.auth` of pyzmq and `zcert` of CZMQ write it.
 * @throws ZmqError EINVAL, with the line that is at fault
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
 * `certificate` as text for a file. With `secretKey` it is for its owner's eyes alone (mode 0600); leave that out for
 * the file to give away.
 * @throws ZmqError EINVAL for keys that are none, and metadata that ZPL cannot hold
 */
export function writeCertificate({ publicKey, secretKey, metadata = {} }: Certificate): string {
  const keys = [`    public-key = "${checkKey(publicKey, "public-key")}"`]
  if (secretKey !== undefined) keys.push(`    secret-key = "${checkKey(secretKey, "secret-key")}"`)
  const said = Object.entries(metadata).map(([name, value]) => `    ${checkName(name)} = ${quote(value)}`)
  return ["metadata", ...said, "curve", ...keys, ""].join("\n")
}

interface Line {
  /** Levels of indentation, of four blanks each. */
  readonly depth: number
  readonly name?: string
  readonly value?: string
}

/** `name`, `name = value`, `name = "value"` or nothing, and perhaps a comment. */
function parseLine(line: string, number: number): Line {
  const found = LINE.exec(line)
  if (found === null || found[1]!.length % INDENT !== 0) throw invalid(`Line ${number} is no ZPL`)
  const [, blanks, name, quoted, apostrophed, bare] = found
  if (name === undefined) return { depth: 0 }
  const value = quoted ?? apostrophed ?? bare
  return { depth: blanks!.length / INDENT, name, ...(value === undefined ? {} : { value }) }
}

function keyOf(keys: ReadonlyMap<string, string>, name: string): string | undefined {
  const key = keys.get(name)
  return key === undefined ? undefined : checkKey(key, name)
}

function checkKey(key: unknown, name: string): string {
  if (typeof key !== "string" || key.length !== KEY_LENGTH) throw invalid(`${name} has not ${KEY_LENGTH} characters`)
  try {
    decodeZ85(key)
  } catch (error) {
    throw invalid(`${name} is no Z85`, error)
  }
  return key
}

function checkName(name: string): string {
  if (!/^[\w$\-@.&+/]+$/.test(name)) throw invalid(`${JSON.stringify(name)} is no name in ZPL`)
  return name
}

/** ZPL has no escapes: a value holds one kind of quotation mark at most. */
function quote(value: unknown): string {
  const text = String(value)
  if (!/^[^\p{Cc}]*$/u.test(text) || (text.includes('"') && text.includes("'"))) {
    throw invalid(`${JSON.stringify(text)} is no value in ZPL`)
  }
  return text.includes('"') ? `'${text}'` : `"${text}"`
}

function invalid(message: string, cause?: unknown): Error {
  return zmqError("EINVAL", { message, cause })
}

const KEY_LENGTH = 40
const INDENT = 4
const LINE = /^( *)(?:([\w$\-@.&+/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'#][^#]*?))?)?)?\s*(?:#.*)?$/

import { createHash, timingSafeEqual } from "node:crypto"
import { readFileSync } from "node:fs"
import { curveKeyPair, curvePublicKey, decodeZ85, encodeZ85, writeCertificate, type Socket } from "../index.js"
import { UsageError, type Given, type OptionTable } from "./command.js"
import { readKeys } from "./key-files.js"
import { TRANSPORT } from "./transports.js"

export const SECURITY: OptionTable = {
  "plain-user": { type: "string", value: "NAME", help: "PLAIN: who we are, or with --plain-server who may come in" },
  "plain-password": { type: "string", value: "TEXT", help: "its password" },
  "plain-password-file": { type: "string", value: "FILE", help: "the same, from the first line of a file" },
  "plain-server": { type: "boolean", help: "PLAIN: be the server" },
  "curve-server": { type: "boolean", help: "CURVE: be the server, with the keys of --curve-secret" },
  "curve-server-key": { type: "string", value: "KEY", help: "CURVE: be a client of the server with this public key" },
  "curve-secret": {
    type: "string",
    value: "KEY",
    help: "our secret key; a client without one makes one for the occasion",
  },
  "curve-allow": { type: "string", multiple: true, value: "KEY", help: "let in only clients with this public key" },
}

/** Options of every command that creates a socket. */
export const ENDPOINTS: OptionTable = {
  bind: {
    type: "string",
    multiple: true,
    short: "b",
    value: "URL",
    help: "listen here: tcp://127.0.0.1:5555, ipc://path",
  },
  connect: {
    type: "string",
    multiple: true,
    short: "c",
    value: "URL",
    help: "connect there, and again when that is lost; epgm://eth0;239.192.1.1:5555 for multicast",
  },
  set: { type: "string", multiple: true, value: "NAME=VALUE", help: "set a socket option, as in routingId=me" },
  linger: {
    type: "string",
    value: "MS",
    help: "how long to go on delivering at the end; default: until all is delivered",
  },
  ...TRANSPORT,
  ...SECURITY,
}

export const KEYS = "A KEY is 40 characters of Z85, or a file that has it: see `zmtp keygen --help`."

/** Gives `socket` its options and endpoints. @throws UsageError */
export async function reach(socket: Socket, given: Given): Promise<void> {
  const [bind, connect] = [given.list("bind"), given.list("connect")]
  if (bind.length + connect.length === 0) throw new UsageError("Missing endpoint: --bind URL or --connect URL")
  configure(socket, given)
  await place(socket, bind, connect)
}

/** Connects and binds `socket`. Prints endpoints bound with a wildcard to stderr, after `label`. */
export async function place(
  socket: Socket,
  bind: readonly string[],
  connect: readonly string[],
  label = "",
): Promise<void> {
  for (const endpoint of connect) {
    try {
      // The same for multicast, and it says what is wrong.
      if (endpoint.startsWith("epgm://")) await socket.bind(endpoint)
      else socket.connect(endpoint)
    } catch (error) {
      throw explained(error, endpoint)
    }
  }
  for (const endpoint of bind) {
    try {
      await socket.bind(endpoint)
    } catch (error) {
      throw explained(error, endpoint)
    }
    if (endpoint.includes("*")) process.stderr.write(`${label}bound to ${socket.lastEndpoint!}\n`)
  }
}

/** A malformed endpoint is a mistake of the user's. */
function explained(error: unknown, endpoint: string): Error {
  const { code, message, cause } = error as NodeJS.ErrnoException
  if (message.startsWith("Invalid endpoint")) return new UsageError(message)
  // Whatever else is wrong with the arguments has a cause that says so.
  if (code === "EINVAL" && cause instanceof Error) return new UsageError(`${endpoint}: ${cause.message}`)
  if (code === "EINVAL" || code === "EPROTONOSUPPORT") return new UsageError(`Invalid endpoint '${endpoint}'`)
  return new Error(`${endpoint}: ${message}`, { cause: error })
}

export function configure(socket: Socket, given: Given): void {
  const linger = given.number("linger", -1)
  if (linger !== undefined) socket.linger = linger
  for (const setting of given.list("set")) {
    const at = setting.indexOf("=")
    const name = setting.slice(0, at)
    if (at < 1 || !isOption(socket, name))
      throw new UsageError(`Invalid --set ${setting}: expected NAME=VALUE with the name of a socket option`)
    try {
      Object.assign(socket, { [name]: toValue(setting.slice(at + 1)) })
    } catch (error) {
      throw new UsageError(`--set ${setting}: ${(error as Error).message}`)
    }
  }
  usePlain(socket, given)
  useCurve(socket, given)
}

/** Whether `name` is a property that may be set; methods are not, nor what every object has. */
function isOption(socket: Socket, name: string): boolean {
  if (!(name in socket) || name in Object.prototype) return false
  return Object.getOwnPropertyDescriptor(ownerOf(socket, name), name)?.set !== undefined
}

function ownerOf(object: object, name: string): object {
  let owner = object
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object
  return owner
}

function toValue(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true"
  if (text === "null") return null
  return /^-?\d+$/.test(text) ? Number(text) : text
}

function usePlain(socket: Socket, given: Given): void {
  const [user, password] = [given.text("plain-user"), passwordOf(given)]
  if (user === undefined && password === undefined && !given.flag("plain-server")) return
  if (user === undefined || password === undefined) throw new UsageError("PLAIN needs --plain-user and a password")
  if (given.flag("plain-server")) {
    socket.plainServer = true
    socket.authenticate = (peer) => isSame(peer.username, user) && isSame(peer.password, password)
  } else Object.assign(socket, { plainUsername: user, plainPassword: password })
}

/** In a time that does not tell how much of the two is the same. */
function isSame(one: string | undefined, other: string): boolean {
  const [digest, expected] = [one ?? "", other].map((text) => createHash("sha256").update(text).digest())
  return timingSafeEqual(digest!, expected!)
}

function passwordOf(given: Given): string | undefined {
  const file = given.text("plain-password-file")
  if (file === undefined) return given.text("plain-password")
  try {
    return readFileSync(file, "utf8").split(/\r?\n/, 1)[0]
  } catch (error) {
    throw new UsageError(`--plain-password-file: ${(error as Error).message}`)
  }
}

function useCurve(socket: Socket, given: Given): void {
  const [server, secret] = [given.text("curve-server-key"), given.text("curve-secret")]
  const allowed = given.list("curve-allow").map((key) => keyOf(key, "publicKey"))
  if (given.flag("curve-server")) {
    if (secret === undefined) throw new UsageError("--curve-server needs --curve-secret")
    const secretKey = keyOf(secret, "secretKey")
    Object.assign(socket, { curveServer: true, curveSecretKey: secretKey, curvePublicKey: curvePublicKey(secretKey) })
    if (allowed.length > 0) {
      socket.authenticate = ({ publicKey }) => publicKey !== undefined && allowed.includes(encodeZ85(publicKey))
    }
  } else if (server !== undefined) {
    const secretKey = secret === undefined ? curveKeyPair().secretKey : keyOf(secret, "secretKey")
    Object.assign(socket, {
      curveServerKey: keyOf(server, "publicKey"),
      curveSecretKey: secretKey,
      curvePublicKey: curvePublicKey(secretKey),
    })
  } else if (secret !== undefined || allowed.length > 0) {
    throw new UsageError("CURVE needs --curve-server or --curve-server-key")
  }
}

/** @throws UsageError unless `text` is a key, or a file that has one. */
export function keyOf(text: string, kind: "publicKey" | "secretKey"): string {
  if (text.length === 40) return checked(text, kind)
  const key = readKeys(text)[kind]
  if (key === undefined) throw new UsageError(`No ${kind === "secretKey" ? "secret" : "public"} key in ${text}`)
  return key
}

function checked(key: string, kind: "publicKey" | "secretKey"): string {
  try {
    if (kind === "secretKey") decodeZ85(key)
    // Certificates take the public keys that sockets take.
    else writeCertificate({ publicKey: key })
  } catch (error) {
    // A secret key is not for terminals and logs, even with a mistake in it.
    const shown = kind === "secretKey" ? "secret key" : `public key '${key}'`
    throw new UsageError(`Invalid ${shown}: ${(error as Error).message}`)
  }
  return key
}

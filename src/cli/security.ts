import { createHash, timingSafeEqual } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { curveKeyPair, curvePublicKey, decodeZ85, encodeZ85, writeCertificate, type Socket } from "../index.js"
import { UsageError, type Given, type OptionGroup } from "./command.js"
import { readKeys } from "./key-files.js"

export const SERVER_KEY = {
  type: "text",
  value: "KEY",
  help: "CURVE: be a client of the server with this public key",
} as const

export const SECURITY: OptionGroup = {
  title: "Security",
  options: {
    "plain-user": { type: "text", value: "NAME", help: "PLAIN: log in as NAME; with --plain-server, accept only NAME" },
    "plain-password": { type: "text", value: "TEXT", help: "PLAIN: the password" },
    "plain-password-file": { type: "file", value: "FILE", help: "PLAIN: the password is the first line of FILE" },
    "plain-server": { type: "flag", help: "PLAIN: be the server" },
    "curve-server": { type: "flag", help: "CURVE: be the server, with the keys of --curve-secret" },
    "curve-server-key": SERVER_KEY,
    "curve-secret": {
      type: "file",
      value: "KEY",
      help: "CURVE: your secret key; clients without one generate a temporary key",
    },
    "curve-allow": {
      type: "file",
      multiple: true,
      value: "KEY",
      help: "CURVE: accept only clients with this public key",
    },
    "tls-cert": { type: "file", value: "FILE", help: "wss://: the certificate to bind with, in PEM" },
    "tls-key": { type: "file", value: "FILE", help: "wss://: its private key, in PEM" },
    "tls-ca": { type: "file", value: "FILE", help: "wss://: the certificates to verify servers with, in PEM" },
  },
}

export const KEY_NOTES =
  "A KEY is 40 characters of Z85, or a file that contains it, such as those of zmtp keygen --file. Write a KEY that\n" +
  "begins with '-' as --curve-secret=KEY."

/** Sets the options of `socket` for its security mechanism and TLS. @throws UsageError */
export function secure(socket: Socket, given: Given): void {
  usePlain(socket, given)
  useCurve(socket, given)
  useTls(socket, given)
}

function useTls(socket: Socket, given: Given): void {
  const [cert, key, ca] = [pemOf(given, "tls-cert"), pemOf(given, "tls-key"), pemOf(given, "tls-ca")]
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError("--tls-cert and --tls-key must be used together")
  if (cert !== undefined) Object.assign(socket, { wssCertPem: cert, wssKeyPem: key })
  if (ca !== undefined) Object.assign(socket, { wssTrustPem: ca })
}

function pemOf(given: Given, name: string): string | undefined {
  const file = given.text(name)
  return file === undefined ? undefined : readText(file, name)
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    throw new UsageError(`--${name} ${file}: ${(error as Error).message}`)
  }
}

function usePlain(socket: Socket, given: Given): void {
  const [user, password] = [given.text("plain-user"), passwordOf(given)]
  if (user === undefined && password === undefined && !given.flag("plain-server")) return
  if (user === undefined || password === undefined)
    throw new UsageError("PLAIN needs --plain-user, and --plain-password or --plain-password-file")
  if (given.flag("plain-server")) {
    socket.plainServer = true
    socket.authenticate = (peer) => isSame(peer.username, user) && isSame(peer.password, password)
  } else Object.assign(socket, { plainUsername: user, plainPassword: password })
}

/** Compares in constant time, so that the duration does not reveal how much of the text is equal. */
function isSame(one: string | undefined, other: string): boolean {
  const [digest, expected] = [one ?? "", other].map((text) => createHash("sha256").update(text).digest())
  return timingSafeEqual(digest!, expected!)
}

function passwordOf(given: Given): string | undefined {
  const file = given.text("plain-password-file")
  return file === undefined ? given.text("plain-password") : readText(file, "plain-password-file").split(/\r?\n/, 1)[0]
}

function useCurve(socket: Socket, given: Given): void {
  const [server, secret] = [given.text("curve-server-key"), given.text("curve-secret")]
  const allowed = given.list("curve-allow").map((key) => keyOf(key, "publicKey"))
  if (given.flag("curve-server")) {
    if (secret === undefined)
      throw new UsageError("--curve-server needs --curve-secret KEY; zmtp keygen --file server creates one")
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
    throw new UsageError("CURVE needs --curve-server, or --curve-server-key KEY to be a client")
  }
}

/** @throws UsageError unless `text` is a key, or a file that contains one. */
export function keyOf(text: string, kind: "publicKey" | "secretKey"): string {
  if (text.length === 40) return checked(text, kind)
  const key = readKeys(text)[kind]
  if (key === undefined) {
    const hint = kind === "secretKey" && existsSync(`${text}_secret`) ? `; did you mean ${text}_secret?` : ""
    throw new UsageError(`No ${kind === "secretKey" ? "secret" : "public"} key in ${text}${hint}`)
  }
  return key
}

function checked(key: string, kind: "publicKey" | "secretKey"): string {
  try {
    if (kind === "secretKey") decodeZ85(key)
    // Certificates accept the same public keys as sockets.
    else writeCertificate({ publicKey: key })
  } catch (error) {
    // Do not print a secret key, even if it is invalid.
    const shown = kind === "secretKey" ? "secret key" : `public key '${key}'`
    throw new UsageError(`Invalid ${shown}: ${(error as Error).message}`)
  }
  return key
}

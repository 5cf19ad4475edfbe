import type { Socket } from "../index.js"
import { UsageError, type Given, type OptionGroup } from "./command.js"
import { errorTextWithCause } from "./error-text.js"
import { secure } from "./security.js"
import { TRANSPORT } from "./transports.js"

/** Options of every command that creates one socket. */
export const ENDPOINTS: OptionGroup = {
  title: "Endpoints",
  options: {
    bind: {
      type: "text",
      multiple: true,
      short: "b",
      value: "URL",
      help: "listen at URL, such as tcp://127.0.0.1:5555",
    },
    connect: {
      type: "text",
      multiple: true,
      short: "c",
      value: "URL",
      help: "connect to URL, and reconnect automatically",
    },
    set: { type: "text", multiple: true, value: "NAME=VALUE", help: "set a socket option, such as routingId=me" },
    linger: {
      type: "number",
      min: -1,
      value: "MS",
      help: "time to deliver at the end; default: until all is delivered",
    },
    ...TRANSPORT,
  },
}

export const ENDPOINT_NOTES = `A URL is one of (--bind and --connect can be repeated and combined):
  tcp://127.0.0.1:5555          to bind: an address or * for all, and a port or * for a free one
  ipc:///tmp/feed               a Unix socket, or a named pipe on Windows
  ws://127.0.0.1:8080/feed      WebSocket, also wss:// with --tls-cert and --tls-key to bind
  epgm://eth0;239.192.1.1:5555  reliable multicast, for pub and sub
  udp://239.0.0.1:5555          for radio (--connect), dish (--bind), and dgram (--bind)`

/** Sets the options of `socket`, and connects and binds its endpoints. @throws UsageError */
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
      // Equivalent for multicast, and reports errors.
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

const RESTRICTED = "udp:// is for radio (--connect), dish (--bind), and dgram (--bind); epgm:// is for pub and sub"

/** Converts errors of malformed endpoints to usage errors. */
function explained(error: unknown, endpoint: string): Error {
  const { code, message, cause } = error as NodeJS.ErrnoException
  if (code === "ENOCOMPATPROTO") return new UsageError(`${endpoint} cannot be used with this command: ${RESTRICTED}`)
  if (message.startsWith("Invalid endpoint")) return new UsageError(message)
  if (cause instanceof Error && cause.message.startsWith("Invalid endpoint")) return new UsageError(cause.message)
  // Other errors in the arguments have a cause that explains them.
  if (code === "EINVAL" && cause instanceof Error) return new UsageError(`${endpoint}: ${cause.message}`)
  if (code === "EINVAL" || code === "EPROTONOSUPPORT") return new UsageError(`Invalid endpoint '${endpoint}'`)
  // The name of a host or of an interface.
  if (code === "ENODEV") return new Error(`${endpoint}: ${errorTextWithCause(error as Error)}`, { cause: error })
  return new Error(`${endpoint}: ${message}`, { cause: error })
}

export function configure(socket: Socket, given: Given): void {
  const linger = given.number("linger")
  if (linger !== undefined) socket.linger = linger
  for (const setting of given.list("set")) {
    const at = setting.indexOf("=")
    const name = setting.slice(0, at)
    if (at < 1 || !isOption(socket, name))
      throw new UsageError(
        `Invalid --set ${setting}: expected NAME=VALUE with the name of a socket option, such as linger=0`,
      )
    try {
      Object.assign(socket, { [name]: toValue(setting.slice(at + 1)) })
    } catch (error) {
      throw new UsageError(`--set ${setting}: ${(error as Error).message}`)
    }
  }
  secure(socket, given)
}

/** Whether `name` is an option, which excludes methods and properties of every object. */
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

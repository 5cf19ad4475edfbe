import { Subscriber, type Socket } from "../index.js"
import type { OptionName } from "../sockets/options/settings.js"
import { OPTIONS } from "../sockets/options/table.js"
import { decodeText, encodeText, isBytes } from "../zmtp/bytes.js"
import * as zmq from "./constants.js"

/** Numbers of options by their short names, which are also properties of sockets. */
export const options: Record<string, number> = {
  _fd: zmq.ZMQ_FD,
  _ioevents: zmq.ZMQ_EVENTS,
  _receiveMore: zmq.ZMQ_RCVMORE,
  _subscribe: zmq.ZMQ_SUBSCRIBE,
  _unsubscribe: zmq.ZMQ_UNSUBSCRIBE,
  affinity: zmq.ZMQ_AFFINITY,
  backlog: zmq.ZMQ_BACKLOG,
  identity: zmq.ZMQ_IDENTITY,
  linger: zmq.ZMQ_LINGER,
  rate: zmq.ZMQ_RATE,
  rcvbuf: zmq.ZMQ_RCVBUF,
  last_endpoint: zmq.ZMQ_LAST_ENDPOINT,
  reconnect_ivl: zmq.ZMQ_RECONNECT_IVL,
  recovery_ivl: zmq.ZMQ_RECOVERY_IVL,
  sndbuf: zmq.ZMQ_SNDBUF,
  mechanism: zmq.ZMQ_MECHANISM,
  plain_server: zmq.ZMQ_PLAIN_SERVER,
  plain_username: zmq.ZMQ_PLAIN_USERNAME,
  plain_password: zmq.ZMQ_PLAIN_PASSWORD,
  curve_server: zmq.ZMQ_CURVE_SERVER,
  curve_publickey: zmq.ZMQ_CURVE_PUBLICKEY,
  curve_secretkey: zmq.ZMQ_CURVE_SECRETKEY,
  curve_serverkey: zmq.ZMQ_CURVE_SERVERKEY,
  zap_domain: zmq.ZMQ_ZAP_DOMAIN,
  heartbeat_ivl: zmq.ZMQ_HEARTBEAT_IVL,
  heartbeat_ttl: zmq.ZMQ_HEARTBEAT_TTL,
  heartbeat_timeout: zmq.ZMQ_HEARTBEAT_TIMEOUT,
  connect_timeout: zmq.ZMQ_CONNECT_TIMEOUT,
}

/** @param option A number or a short name. @throws Error if the option cannot be read. */
export function readOption(socket: Socket, option: number | string): unknown {
  const read = ruleOf(option)?.read
  if (read === undefined) throw new Error("Unknown option")
  return read(socket)
}

/** @throws Error if the option cannot be set. */
export function writeOption(socket: Socket, option: number | string, value: unknown): void {
  const write = ruleOf(option)?.write
  if (write === undefined) throw new Error("Unknown option")
  write(socket, value)
}

interface Rule {
  readonly read?: (socket: Socket) => unknown
  readonly write?: (socket: Socket, value: unknown) => void
}

function ruleOf(option: number | string): Rule | undefined {
  const id = typeof option === "number" ? option : Object.hasOwn(options, option) ? options[option]! : -1
  return RULES.get(id)
}

/**
 * An option that is a property in v6. Booleans accept any truthy value and are read as 0 or 1. Setting it throws for a
 * socket type that does not have it.
 */
function property(name: OptionName): Rule {
  const { native, writeOnly } = OPTIONS[name]
  const isFlag = native === "boolean"
  const write = (socket: Socket, value: unknown): void => {
    assign(socket, name, isFlag ? Boolean(value) : value)
  }
  if (writeOnly === true) return { write }
  const read = (socket: Socket): unknown => {
    const value: unknown = Reflect.get(socket, name)
    return isFlag ? Number(Boolean(value)) : value
  }
  return { read, write }
}

function assign(socket: Socket, name: OptionName, value: unknown): void {
  Object.assign(socket, { [name]: value })
}

function unsupported(name: string): () => never {
  return () => {
    throw new Error(`${name} is not supported in compatibility mode`)
  }
}

/** @throws Error if the socket is not of type `sub`. */
export function subscriberOf(socket: Socket): Subscriber {
  if (!(socket instanceof Subscriber)) throw new Error("Subscriber socket required")
  return socket
}

/**
 * Identities of sockets whose types do not send them. As in libzmq (ZMQ_ROUTING_ID), they can be read, but no peer
 * receives them.
 */
const identities = new WeakMap<Socket, string>()

/** Converts an identity to text. @throws TypeError for other types; Error EINVAL unless it has 1 to 255 bytes. */
function identityOf(value: unknown): string {
  const bytes = typeof value === "string" ? encodeText(value) : value
  if (!isBytes(bytes)) throw new TypeError("Identity must be a string or buffer")
  if (bytes.length === 0 || bytes.length > 255) {
    throw Object.assign(new Error(`Invalid identity of ${bytes.length} bytes: expected 1 to 255`), { code: "EINVAL" })
  }
  return decodeText(bytes)
}

const MECHANISMS = [null, "plain", "curve", "gssapi"] as const

/** Options of v6 that have a number in v5. */
const PROPERTIES: readonly OptionName[] = [
  "affinity",
  "rate",
  "recoveryInterval",
  "sendBufferSize",
  "receiveBufferSize",
  "linger",
  "reconnectInterval",
  "backlog",
  "reconnectMaxInterval",
  "maxMessageSize",
  "sendHighWaterMark",
  "receiveHighWaterMark",
  "multicastHops",
  "receiveTimeout",
  "sendTimeout",
  "mandatory",
  "tcpKeepalive",
  "tcpKeepaliveCount",
  "tcpKeepaliveIdle",
  "tcpKeepaliveInterval",
  "immediate",
  "ipv6",
  "plainServer",
  "plainUsername",
  "plainPassword",
  "curveServer",
  "curvePublicKey",
  "curveSecretKey",
  "curveServerKey",
  "zapDomain",
  "handover",
  "heartbeatInterval",
  "heartbeatTimeToLive",
  "heartbeatTimeout",
  "connectTimeout",
]

const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  ...PROPERTIES.map((name) => [OPTIONS[name].id, property(name)] as const),
  [
    zmq.ZMQ_IDENTITY,
    {
      read: (socket) => ("routingId" in socket ? socket.routingId : identities.get(socket)),
      write: (socket, value) => {
        if ("routingId" in socket) socket.routingId = value
        else identities.set(socket, identityOf(value))
      },
    },
  ],
  [
    zmq.ZMQ_SUBSCRIBE,
    {
      write: (socket, topic) => {
        subscriberOf(socket).subscribe(topic as string)
      },
    },
  ],
  [
    zmq.ZMQ_UNSUBSCRIBE,
    {
      write: (socket, topic) => {
        subscriberOf(socket).unsubscribe(topic as string)
      },
    },
  ],
  [zmq.ZMQ_RCVMORE, { read: unsupported("ZMQ_RCVMORE") }],
  [zmq.ZMQ_FD, { read: unsupported("ZMQ_FD") }],
  [
    zmq.ZMQ_EVENTS,
    {
      read: ({ readable, writable }) => (readable ? zmq.ZMQ_POLLIN : 0) | (writable ? zmq.ZMQ_POLLOUT : 0),
    },
  ],
  [zmq.ZMQ_TYPE, { read: ({ type }) => type }],
  [
    zmq.ZMQ_IPV4ONLY,
    {
      read: ({ ipv6 }) => !ipv6,
      write: (socket, value) => {
        socket.ipv6 = !value
      },
    },
  ],
  [zmq.ZMQ_LAST_ENDPOINT, { read: ({ lastEndpoint }) => lastEndpoint }],
  [
    zmq.ZMQ_TCP_ACCEPT_FILTER,
    {
      write: (socket, value) => {
        assign(socket, "tcpAcceptFilter", value)
      },
    },
  ],
  [
    zmq.ZMQ_XPUB_VERBOSE,
    {
      read: () => {
        throw new Error("Reading ZMQ_XPUB_VERBOSE is not supported")
      },
      write: (socket, value) => {
        assign(socket, "verbosity", value ? "allSubs" : null)
      },
    },
  ],
  [zmq.ZMQ_ROUTER_RAW, { read: unsupported("ZMQ_ROUTER_RAW"), write: unsupported("ZMQ_ROUTER_RAW") }],
  [zmq.ZMQ_MECHANISM, { read: ({ securityMechanism }) => MECHANISMS.indexOf(securityMechanism) }],
])

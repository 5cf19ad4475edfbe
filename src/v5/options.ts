import { Subscriber, type Socket } from "../index.js"
import { decodeText, encodeText } from "../zmtp/bytes.js"
import * as zmq from "./constants.js"

/** Short names of options, which are properties of sockets too. */
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

/** @param option A number or a short name. @throws Error for what nobody can read. */
export function readOption(socket: Socket, option: number | string): unknown {
  const read = ruleOf(option)?.read
  if (read === undefined) throw new Error("Unknown option")
  return read(socket)
}

/** @throws Error for what nobody can set. */
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

/** The property `name` as it is. A socket type that lacks it says so when it is set. */
function property(name: string): Required<Rule> {
  return {
    read: (socket) => (socket as unknown as Record<string, unknown>)[name],
    write: (socket, value) => {
      ;(socket as unknown as Record<string, unknown>)[name] = value
    },
  }
}

/** A boolean property: set by truth, read as 0 or 1. */
function flag(name: string): Required<Rule> {
  const { read, write } = property(name)
  return {
    read: (socket) => (read(socket) ? 1 : 0),
    write: (socket, value) => {
      write(socket, Boolean(value))
    },
  }
}

function readOnly({ read }: Required<Rule>): Rule {
  return { read }
}

function writeOnly({ write }: Required<Rule>): Rule {
  return { write }
}

function unsupported(name: string): () => never {
  return () => {
    throw new Error(`${name} is not supported in compatibility mode`)
  }
}

/** @throws Error of any other type than SUB */
export function subscriberOf(socket: Socket): Subscriber {
  if (!(socket instanceof Subscriber)) throw new Error("Subscriber socket required")
  return socket
}

/** Identities of sockets of other types: libzmq keeps them (ZMQ_ROUTING_ID), and no peer ever sees them. */
const identities = new WeakMap<Socket, string>()

/** @throws TypeError, Error unless it is 1 to 255 bytes. */
function identityOf(value: unknown): string {
  const bytes = typeof value === "string" ? encodeText(value) : value
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Identity must be a string or buffer")
  if (bytes.length === 0 || bytes.length > 255) {
    throw Object.assign(new Error(`Invalid identity of ${bytes.length} bytes: 1 to 255`), { code: "EINVAL" })
  }
  return decodeText(bytes)
}

const MECHANISMS = [null, "plain", "curve", "gssapi"] as const

const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [zmq.ZMQ_AFFINITY, property("affinity")],
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
  [zmq.ZMQ_RATE, property("rate")],
  [zmq.ZMQ_RECOVERY_IVL, property("recoveryInterval")],
  [zmq.ZMQ_SNDBUF, property("sendBufferSize")],
  [zmq.ZMQ_RCVBUF, property("receiveBufferSize")],
  [zmq.ZMQ_RCVMORE, { read: unsupported("ZMQ_RCVMORE") }],
  [zmq.ZMQ_FD, { read: unsupported("ZMQ_FD") }],
  [
    zmq.ZMQ_EVENTS,
    {
      read: ({ readable, writable }) => (readable ? zmq.ZMQ_POLLIN : 0) | (writable ? zmq.ZMQ_POLLOUT : 0),
    },
  ],
  [zmq.ZMQ_TYPE, readOnly(property("type"))],
  [zmq.ZMQ_LINGER, property("linger")],
  [zmq.ZMQ_RECONNECT_IVL, property("reconnectInterval")],
  [zmq.ZMQ_BACKLOG, property("backlog")],
  [zmq.ZMQ_RECONNECT_IVL_MAX, property("reconnectMaxInterval")],
  [zmq.ZMQ_MAXMSGSIZE, property("maxMessageSize")],
  [zmq.ZMQ_SNDHWM, property("sendHighWaterMark")],
  [zmq.ZMQ_RCVHWM, property("receiveHighWaterMark")],
  [zmq.ZMQ_MULTICAST_HOPS, property("multicastHops")],
  [zmq.ZMQ_RCVTIMEO, property("receiveTimeout")],
  [zmq.ZMQ_SNDTIMEO, property("sendTimeout")],
  [
    zmq.ZMQ_IPV4ONLY,
    {
      read: ({ ipv6 }) => !ipv6,
      write: (socket, value) => {
        socket.ipv6 = !value
      },
    },
  ],
  [zmq.ZMQ_LAST_ENDPOINT, readOnly(property("lastEndpoint"))],
  [zmq.ZMQ_ROUTER_MANDATORY, flag("mandatory")],
  [zmq.ZMQ_TCP_KEEPALIVE, property("tcpKeepalive")],
  [zmq.ZMQ_TCP_KEEPALIVE_CNT, property("tcpKeepaliveCount")],
  [zmq.ZMQ_TCP_KEEPALIVE_IDLE, property("tcpKeepaliveIdle")],
  [zmq.ZMQ_TCP_KEEPALIVE_INTVL, property("tcpKeepaliveInterval")],
  [zmq.ZMQ_TCP_ACCEPT_FILTER, writeOnly(property("tcpAcceptFilter"))],
  [zmq.ZMQ_DELAY_ATTACH_ON_CONNECT, flag("immediate")],
  [
    zmq.ZMQ_XPUB_VERBOSE,
    {
      read: () => {
        throw new Error("Reading ZMQ_XPUB_VERBOSE is not supported")
      },
      write: (socket, value) => {
        property("verbosity").write(socket, value ? "allSubs" : null)
      },
    },
  ],
  [zmq.ZMQ_ROUTER_RAW, { read: unsupported("ZMQ_ROUTER_RAW"), write: unsupported("ZMQ_ROUTER_RAW") }],
  [zmq.ZMQ_IPV6, flag("ipv6")],
  [zmq.ZMQ_MECHANISM, { read: ({ securityMechanism }) => MECHANISMS.indexOf(securityMechanism) }],
  [zmq.ZMQ_PLAIN_SERVER, flag("plainServer")],
  [zmq.ZMQ_PLAIN_USERNAME, property("plainUsername")],
  [zmq.ZMQ_PLAIN_PASSWORD, property("plainPassword")],
  [zmq.ZMQ_CURVE_SERVER, flag("curveServer")],
  [zmq.ZMQ_CURVE_PUBLICKEY, property("curvePublicKey")],
  [zmq.ZMQ_CURVE_SECRETKEY, property("curveSecretKey")],
  [zmq.ZMQ_CURVE_SERVERKEY, property("curveServerKey")],
  [zmq.ZMQ_ZAP_DOMAIN, property("zapDomain")],
  [zmq.ZMQ_ROUTER_HANDOVER, writeOnly(flag("handover"))],
  [zmq.ZMQ_HEARTBEAT_IVL, property("heartbeatInterval")],
  [zmq.ZMQ_HEARTBEAT_TTL, property("heartbeatTimeToLive")],
  [zmq.ZMQ_HEARTBEAT_TIMEOUT, property("heartbeatTimeout")],
  [zmq.ZMQ_CONNECT_TIMEOUT, property("connectTimeout")],
])

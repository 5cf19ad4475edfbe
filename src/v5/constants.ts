import { OPTIONS } from "../sockets/options/table.js"
import { SOCKET_TYPES } from "../zmtp/socket-types.js"

export const STATE_READY = 0
export const STATE_BUSY = 1
export const STATE_CLOSED = 2

// Socket types
export const ZMQ_PAIR = SOCKET_TYPES.PAIR.number
export const ZMQ_PUB = SOCKET_TYPES.PUB.number
export const ZMQ_SUB = SOCKET_TYPES.SUB.number
export const ZMQ_REQ = SOCKET_TYPES.REQ.number
export const ZMQ_REP = SOCKET_TYPES.REP.number
export const ZMQ_DEALER = SOCKET_TYPES.DEALER.number
export const ZMQ_XREQ = SOCKET_TYPES.DEALER.number
export const ZMQ_ROUTER = SOCKET_TYPES.ROUTER.number
export const ZMQ_XREP = SOCKET_TYPES.ROUTER.number
export const ZMQ_PULL = SOCKET_TYPES.PULL.number
export const ZMQ_PUSH = SOCKET_TYPES.PUSH.number
export const ZMQ_XPUB = SOCKET_TYPES.XPUB.number
export const ZMQ_XSUB = SOCKET_TYPES.XSUB.number
export const ZMQ_STREAM = SOCKET_TYPES.STREAM.number

// Bits of ZMQ_EVENTS, and flags of `send`
export const ZMQ_POLLIN = 1
export const ZMQ_POLLOUT = 2
export const ZMQ_POLLERR = 4
export const ZMQ_SNDMORE = 2

// Capabilities; all are supported.
export const ZMQ_CAN_MONITOR = 1
export const ZMQ_CAN_DISCONNECT = 1
export const ZMQ_CAN_UNBIND = 1
export const ZMQ_CAN_SET_CTX = 1

// Options of the context
export const ZMQ_IO_THREADS = 1
export const ZMQ_MAX_SOCKETS = 2

// Socket options: numbers from the options table, and those that are not options in v6.
export const ZMQ_AFFINITY = OPTIONS.affinity.id
export const ZMQ_IDENTITY = OPTIONS.routingId.id
export const ZMQ_SUBSCRIBE = 6
export const ZMQ_UNSUBSCRIBE = 7
export const ZMQ_RATE = OPTIONS.rate.id
export const ZMQ_RECOVERY_IVL = OPTIONS.recoveryInterval.id
export const ZMQ_RECOVERY_IVL_MSEC = OPTIONS.recoveryInterval.id
export const ZMQ_SNDBUF = OPTIONS.sendBufferSize.id
export const ZMQ_RCVBUF = OPTIONS.receiveBufferSize.id
export const ZMQ_RCVMORE = 13
export const ZMQ_FD = 14
export const ZMQ_EVENTS = 15
export const ZMQ_TYPE = 16
export const ZMQ_LINGER = OPTIONS.linger.id
export const ZMQ_RECONNECT_IVL = OPTIONS.reconnectInterval.id
export const ZMQ_BACKLOG = OPTIONS.backlog.id
export const ZMQ_RECONNECT_IVL_MAX = OPTIONS.reconnectMaxInterval.id
export const ZMQ_MAXMSGSIZE = OPTIONS.maxMessageSize.id
export const ZMQ_SNDHWM = OPTIONS.sendHighWaterMark.id
export const ZMQ_RCVHWM = OPTIONS.receiveHighWaterMark.id
export const ZMQ_MULTICAST_HOPS = OPTIONS.multicastHops.id
export const ZMQ_RCVTIMEO = OPTIONS.receiveTimeout.id
export const ZMQ_SNDTIMEO = OPTIONS.sendTimeout.id
export const ZMQ_IPV4ONLY = 31
export const ZMQ_LAST_ENDPOINT = 32
export const ZMQ_ROUTER_MANDATORY = OPTIONS.mandatory.id
export const ZMQ_TCP_KEEPALIVE = OPTIONS.tcpKeepalive.id
export const ZMQ_TCP_KEEPALIVE_CNT = OPTIONS.tcpKeepaliveCount.id
export const ZMQ_TCP_KEEPALIVE_IDLE = OPTIONS.tcpKeepaliveIdle.id
export const ZMQ_TCP_KEEPALIVE_INTVL = OPTIONS.tcpKeepaliveInterval.id
export const ZMQ_TCP_ACCEPT_FILTER = OPTIONS.tcpAcceptFilter.id
export const ZMQ_DELAY_ATTACH_ON_CONNECT = OPTIONS.immediate.id
export const ZMQ_XPUB_VERBOSE = OPTIONS.verbosity.id
export const ZMQ_ROUTER_RAW = 41
export const ZMQ_IPV6 = OPTIONS.ipv6.id
export const ZMQ_MECHANISM = 43
export const ZMQ_PLAIN_SERVER = OPTIONS.plainServer.id
export const ZMQ_PLAIN_USERNAME = OPTIONS.plainUsername.id
export const ZMQ_PLAIN_PASSWORD = OPTIONS.plainPassword.id
export const ZMQ_CURVE_SERVER = OPTIONS.curveServer.id
export const ZMQ_CURVE_PUBLICKEY = OPTIONS.curvePublicKey.id
export const ZMQ_CURVE_SECRETKEY = OPTIONS.curveSecretKey.id
export const ZMQ_CURVE_SERVERKEY = OPTIONS.curveServerKey.id
export const ZMQ_ZAP_DOMAIN = OPTIONS.zapDomain.id
export const ZMQ_ROUTER_HANDOVER = OPTIONS.handover.id
export const ZMQ_HEARTBEAT_IVL = OPTIONS.heartbeatInterval.id
export const ZMQ_HEARTBEAT_TTL = OPTIONS.heartbeatTimeToLive.id
export const ZMQ_HEARTBEAT_TIMEOUT = OPTIONS.heartbeatTimeout.id
export const ZMQ_CONNECT_TIMEOUT = OPTIONS.connectTimeout.id

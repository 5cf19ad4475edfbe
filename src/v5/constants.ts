import { OPTIONS } from "../sockets/options/table.js"
import { SOCKET_TYPES } from "../zmtp/socket-types.js"

/** `_zmq.state` of an open socket. */
export const STATE_READY = 0
/** Not used. */
export const STATE_BUSY = 1
/** `_zmq.state` of a closed socket. */
export const STATE_CLOSED = 2

// Socket types
/** Number of the socket type PAIR. */
export const ZMQ_PAIR = SOCKET_TYPES.PAIR.number
/** Number of the socket type PUB. */
export const ZMQ_PUB = SOCKET_TYPES.PUB.number
/** Number of the socket type SUB. */
export const ZMQ_SUB = SOCKET_TYPES.SUB.number
/** Number of the socket type REQ. */
export const ZMQ_REQ = SOCKET_TYPES.REQ.number
/** Number of the socket type REP. */
export const ZMQ_REP = SOCKET_TYPES.REP.number
/** Number of the socket type DEALER. */
export const ZMQ_DEALER = SOCKET_TYPES.DEALER.number
/** Number of the socket type DEALER. */
export const ZMQ_XREQ = SOCKET_TYPES.DEALER.number
/** Number of the socket type ROUTER. */
export const ZMQ_ROUTER = SOCKET_TYPES.ROUTER.number
/** Number of the socket type ROUTER. */
export const ZMQ_XREP = SOCKET_TYPES.ROUTER.number
/** Number of the socket type PULL. */
export const ZMQ_PULL = SOCKET_TYPES.PULL.number
/** Number of the socket type PUSH. */
export const ZMQ_PUSH = SOCKET_TYPES.PUSH.number
/** Number of the socket type XPUB. */
export const ZMQ_XPUB = SOCKET_TYPES.XPUB.number
/** Number of the socket type XSUB. */
export const ZMQ_XSUB = SOCKET_TYPES.XSUB.number
/** Number of the socket type STREAM. */
export const ZMQ_STREAM = SOCKET_TYPES.STREAM.number

// Bits of ZMQ_EVENTS, and flags of `send`
/** Bit of ZMQ_EVENTS: a message can be received. */
export const ZMQ_POLLIN = 1
/** Bit of ZMQ_EVENTS: a message can be sent. */
export const ZMQ_POLLOUT = 2
/** Bit of ZMQ_EVENTS; never set. */
export const ZMQ_POLLERR = 4
/** Flag of `send`: more frames of the message follow. */
export const ZMQ_SNDMORE = 2

// Capabilities; all are supported.
/** Sockets have `monitor`. */
export const ZMQ_CAN_MONITOR = 1
/** Sockets have `disconnect`. */
export const ZMQ_CAN_DISCONNECT = 1
/** Sockets have `unbind`. */
export const ZMQ_CAN_UNBIND = 1
/** Context options can be set. */
export const ZMQ_CAN_SET_CTX = 1

// Options of the context
/** Number of I/O threads. */
export const ZMQ_IO_THREADS = 1
/** Maximum number of open sockets. */
export const ZMQ_MAX_SOCKETS = 2

// Socket options: numbers from the options table, and those that are not options in v6.
/** Number of the option `affinity`. */
export const ZMQ_AFFINITY = OPTIONS.affinity.id
/** Number of the option `routingId`. */
export const ZMQ_IDENTITY = OPTIONS.routingId.id
/** Subscribes a `sub`. */
export const ZMQ_SUBSCRIBE = 6
/** Cancels a subscription of a `sub`. */
export const ZMQ_UNSUBSCRIBE = 7
/** Number of the option `rate`. */
export const ZMQ_RATE = OPTIONS.rate.id
/** Number of the option `recoveryInterval`. */
export const ZMQ_RECOVERY_IVL = OPTIONS.recoveryInterval.id
/** Number of the option `recoveryInterval`. */
export const ZMQ_RECOVERY_IVL_MSEC = OPTIONS.recoveryInterval.id
/** Number of the option `sendBufferSize`. */
export const ZMQ_SNDBUF = OPTIONS.sendBufferSize.id
/** Number of the option `receiveBufferSize`. */
export const ZMQ_RCVBUF = OPTIONS.receiveBufferSize.id
/** Not supported. */
export const ZMQ_RCVMORE = 13
/** Not supported. */
export const ZMQ_FD = 14
/** Bits of ZMQ_POLLIN and ZMQ_POLLOUT. */
export const ZMQ_EVENTS = 15
/** Number of the socket type. */
export const ZMQ_TYPE = 16
/** Number of the option `linger`. */
export const ZMQ_LINGER = OPTIONS.linger.id
/** Number of the option `reconnectInterval`. */
export const ZMQ_RECONNECT_IVL = OPTIONS.reconnectInterval.id
/** Number of the option `backlog`. */
export const ZMQ_BACKLOG = OPTIONS.backlog.id
/** Number of the option `reconnectMaxInterval`. */
export const ZMQ_RECONNECT_IVL_MAX = OPTIONS.reconnectMaxInterval.id
/** Number of the option `maxMessageSize`. */
export const ZMQ_MAXMSGSIZE = OPTIONS.maxMessageSize.id
/** Number of the option `sendHighWaterMark`. */
export const ZMQ_SNDHWM = OPTIONS.sendHighWaterMark.id
/** Number of the option `receiveHighWaterMark`. */
export const ZMQ_RCVHWM = OPTIONS.receiveHighWaterMark.id
/** Number of the option `multicastHops`. */
export const ZMQ_MULTICAST_HOPS = OPTIONS.multicastHops.id
/** Number of the option `receiveTimeout`. */
export const ZMQ_RCVTIMEO = OPTIONS.receiveTimeout.id
/** Number of the option `sendTimeout`. */
export const ZMQ_SNDTIMEO = OPTIONS.sendTimeout.id
/** The inverse of `ipv6`. */
export const ZMQ_IPV4ONLY = 31
/** The endpoint that was bound or connected last. */
export const ZMQ_LAST_ENDPOINT = 32
/** Number of the option `mandatory`. */
export const ZMQ_ROUTER_MANDATORY = OPTIONS.mandatory.id
/** Number of the option `tcpKeepalive`. */
export const ZMQ_TCP_KEEPALIVE = OPTIONS.tcpKeepalive.id
/** Number of the option `tcpKeepaliveCount`. */
export const ZMQ_TCP_KEEPALIVE_CNT = OPTIONS.tcpKeepaliveCount.id
/** Number of the option `tcpKeepaliveIdle`. */
export const ZMQ_TCP_KEEPALIVE_IDLE = OPTIONS.tcpKeepaliveIdle.id
/** Number of the option `tcpKeepaliveInterval`. */
export const ZMQ_TCP_KEEPALIVE_INTVL = OPTIONS.tcpKeepaliveInterval.id
/** Number of the option `tcpAcceptFilter`. */
export const ZMQ_TCP_ACCEPT_FILTER = OPTIONS.tcpAcceptFilter.id
/** Number of the option `immediate`. */
export const ZMQ_DELAY_ATTACH_ON_CONNECT = OPTIONS.immediate.id
/** Number of the option `verbosity`. */
export const ZMQ_XPUB_VERBOSE = OPTIONS.verbosity.id
/** Not supported. */
export const ZMQ_ROUTER_RAW = 41
/** Number of the option `ipv6`. */
export const ZMQ_IPV6 = OPTIONS.ipv6.id
/** The security mechanism. */
export const ZMQ_MECHANISM = 43
/** Number of the option `plainServer`. */
export const ZMQ_PLAIN_SERVER = OPTIONS.plainServer.id
/** Number of the option `plainUsername`. */
export const ZMQ_PLAIN_USERNAME = OPTIONS.plainUsername.id
/** Number of the option `plainPassword`. */
export const ZMQ_PLAIN_PASSWORD = OPTIONS.plainPassword.id
/** Number of the option `curveServer`. */
export const ZMQ_CURVE_SERVER = OPTIONS.curveServer.id
/** Number of the option `curvePublicKey`. */
export const ZMQ_CURVE_PUBLICKEY = OPTIONS.curvePublicKey.id
/** Number of the option `curveSecretKey`. */
export const ZMQ_CURVE_SECRETKEY = OPTIONS.curveSecretKey.id
/** Number of the option `curveServerKey`. */
export const ZMQ_CURVE_SERVERKEY = OPTIONS.curveServerKey.id
/** Number of the option `zapDomain`. */
export const ZMQ_ZAP_DOMAIN = OPTIONS.zapDomain.id
/** Number of the option `handover`. */
export const ZMQ_ROUTER_HANDOVER = OPTIONS.handover.id
/** Number of the option `heartbeatInterval`. */
export const ZMQ_HEARTBEAT_IVL = OPTIONS.heartbeatInterval.id
/** Number of the option `heartbeatTimeToLive`. */
export const ZMQ_HEARTBEAT_TTL = OPTIONS.heartbeatTimeToLive.id
/** Number of the option `heartbeatTimeout`. */
export const ZMQ_HEARTBEAT_TIMEOUT = OPTIONS.heartbeatTimeout.id
/** Number of the option `connectTimeout`. */
export const ZMQ_CONNECT_TIMEOUT = OPTIONS.connectTimeout.id

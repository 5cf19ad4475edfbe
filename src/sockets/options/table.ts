// Every option of a socket, one entry each. The types and properties of sockets, the effect of setting a property,
// refusals on platforms that lack a feature, and docs/options.md are derived from this table. Tests compare it with
// zeromq.js.
//
// The function of an entry is the kind of its value; option.ts describes the members and their defaults. Without `min`, an
// `int32` starts at 0. Without `sockets`, the option belongs to all socket types. Without `takesEffect`, a new value applies
// to endpoints that are bound or connected afterward. Options that libzmq does not have are numbered from 9001 on.
//
// Entries must not depend on sockets: they see only the settings, and import no file of sockets/ outside this folder
// (eslint.config.js). An option whose `ZMQ_…` number needs more than a setting belongs in access.ts, which accesses the
// socket through `OptionOwner`.

import { NOTIFY_ALL } from "../../core/connection/notifier.js"
import { ReconnectStop } from "../../transports/transport.js"
import { MAX_ROUTING_ID } from "../../zmtp/limits.js"
import {
  absentNumber,
  authenticator,
  boolean,
  flags,
  int32,
  int64,
  string,
  uint32,
  uint64,
  verbosity,
  ANY_NUMBER,
  NATURAL_NUMBER,
} from "./option.js"
import { origin } from "./origin.js"
import { addressFilter, credential, publicKey, secretKey, serverKey, serverRole } from "./security.js"

export const OPTIONS = {
  // Closing

  /**
   * Maximum time to send queued messages after `close`, in ms; -1 means no limit. Default: -1, but 0 for SUB, XSUB, and
   * DISH (ZMQ_LINGER).
   */
  linger: int32({
    id: 17,
    initial: -1,
    initialFor: { SUB: 0, XSUB: 0, DISH: 0 },
    min: -1,
    takesEffect: "immediately",
  }),

  // Messages and queues

  /**
   * Maximum size of a received frame, in bytes. A peer that sends a larger frame is disconnected. -1 means no limit.
   * Default: -1 (ZMQ_MAXMSGSIZE).
   */
  maxMessageSize: int64({ id: 22, initial: -1, min: -1, finite: true }),
  /**
   * Maximum size of a received message, in bytes. A peer that sends a larger message is disconnected. The size is that
   * of all frames together, plus 128 bytes of memory for each frame but the last. -1 means 4 GiB. Default: -1. Not in
   * libzmq.
   */
  maxMultipartSize: int64({ id: 9001, initial: -1, min: -1, finite: true }),
  /** Maximum number of messages queued for each peer; 0 means no limit. Default: 1,000 (ZMQ_SNDHWM). */
  sendHighWaterMark: int32({
    id: 23,
    initial: 1000,
    sockets: "senders",
    takesEffect: "immediately",
    limitsQueues: true,
  }),
  /**
   * Maximum number of bytes queued for each peer, in addition to the limit in messages; 0 means no limit. Each message
   * counts 192 bytes, and each frame 128 bytes, in addition to their sizes. Default: 0. Not in libzmq.
   */
  sendHighWaterBytes: int64({
    id: 9003,
    initial: 0,
    min: 0,
    sockets: "senders",
    takesEffect: "immediately",
    limitsQueues: true,
  }),
  /** Maximum number of messages queued from each peer; 0 means no limit. Default: 1,000 (ZMQ_RCVHWM). */
  receiveHighWaterMark: int32({
    id: 24,
    initial: 1000,
    sockets: "receivers",
    takesEffect: "immediately",
    limitsQueues: true,
  }),
  /**
   * Maximum number of bytes queued from each peer, in addition to the limit in messages; 0 means no limit. Each message
   * counts 192 bytes, and each frame 128 bytes, in addition to their sizes. Data between messages, such as commands,
   * also counts while it occupies the same memory. Default: 268,435,456 (256 MiB). Not in libzmq.
   */
  receiveHighWaterBytes: int64({
    id: 9004,
    initial: 256 * 1024 * 1024,
    min: 0,
    sockets: "receivers",
    takesEffect: "immediately",
    limitsQueues: true,
  }),
  /** Maximum time that `send` waits for room, in ms; -1 means no limit, 0 does not wait. Default: -1 (ZMQ_SNDTIMEO). */
  sendTimeout: int32({ id: 28, initial: -1, min: -1, sockets: "senders", takesEffect: "immediately" }),
  /**
   * Maximum time that `receive` waits for a message, in ms; -1 means no limit, 0 does not wait. Default: -1
   * (ZMQ_RCVTIMEO).
   */
  receiveTimeout: int32({ id: 27, initial: -1, min: -1, sockets: "receivers", takesEffect: "immediately" }),
  /** Queue messages only for established connections. Default: false (ZMQ_IMMEDIATE). */
  immediate: boolean({ id: 39, initial: false }),
  /**
   * Keep only the newest message for each peer, and the newest one received. Set it before `bind` and `connect`:
   * otherwise, it also applies to connections that a bound endpoint accepts later, except with I/O threads. Default:
   * false (ZMQ_CONFLATE).
   */
  conflate: boolean({
    id: 54,
    initial: false,
    sockets: ["PUB", "SUB", "PULL", "PUSH", "DEALER", "GATHER", "SCATTER"],
    writeOnly: true,
  }),

  // Connecting

  /**
   * Delay before reconnecting, in ms, plus a random part of it; 0 or -1 disables reconnecting. Default: 100
   * (ZMQ_RECONNECT_IVL).
   */
  reconnectInterval: int32({ id: 18, initial: 100, min: -1 }),
  /**
   * Maximum delay before reconnecting, in ms. The delay doubles with each attempt up to this value. With 0, it doubles
   * only after failed handshakes and other errors of the peer, up to 30 s. Default: 0 (ZMQ_RECONNECT_IVL_MAX).
   */
  reconnectMaxInterval: int32({ id: 21, initial: 0 }),
  /**
   * Errors after which the socket stops reconnecting to an endpoint, one or several: `"connectionRefused"`,
   * `"handshakeFailed"`, `"afterDisconnect"`, `"protocolError"` (for which libzmq always stops). See
   * docs/reliability.md. Default: 0, which means none (ZMQ_RECONNECT_STOP).
   */
  reconnectStop: flags({ id: 109, initial: 0, names: ReconnectStop }),
  /**
   * Maximum time to establish a connection, in ms; 0 uses the timeout of the system. Default: 0 (ZMQ_CONNECT_TIMEOUT).
   */
  connectTimeout: int32({ id: 79, initial: 0 }),
  /** Maximum time for a handshake, in ms; 0 means no limit. Default: 30,000 (ZMQ_HANDSHAKE_IVL). */
  handshakeInterval: int32({ id: 66, initial: 30_000 }),
  /**
   * Interval between lookups of the host name of a `tcp://` endpoint, in ms. `connect` then follows the name, with one
   * connection to each of its addresses. With 0, it connects to one of the addresses. See docs/reliability.md. Default:
   * 0. Not in libzmq.
   */
  resolveInterval: int32({ id: 9020, initial: 0, requires: "tcp" }),
  /** Use IPv6 as well as IPv4. Default: false, or the value set in the context (ZMQ_IPV6). */
  ipv6: boolean({ id: 42, initial: false }),
  /** `host:port` of a SOCKS5 proxy for outgoing tcp connections; `null` for none. Default: null (ZMQ_SOCKS_PROXY). */
  socksProxy: string({ id: 68, min: 1, nullable: true, requires: "tcp" }),

  // Listening

  /** Maximum number of connections waiting to be accepted. Default: 100 (ZMQ_BACKLOG). */
  backlog: int32({ id: 19, initial: 100, requires: "listening" }),
  /**
   * Maximum number of connections that each endpoint accepts. Further ones are rejected, unless a connection whose peer
   * has not sent anything yet can be closed instead. 0 means no limit. Default: 65,536. Not in libzmq.
   */
  maxConnections: int32({ id: 9002, initial: 65_536, requires: "listening" }),
  /**
   * Adds an address or address block (`10.0.0.0/8`) from which tcp connections are accepted; `null` accepts all. Cannot
   * be read. Default: null (ZMQ_TCP_ACCEPT_FILTER).
   */
  tcpAcceptFilter: addressFilter({ id: 38, requires: "tcp" }),
  /**
   * Web pages that may connect to `ws://` and `wss://` endpoints bound afterward: an origin, such as
   * `"https://example.com"`, a list of origins, `"*"` for every page, or a function that returns true for an origin.
   * Values that browsers never send as an origin, such as one with a path, fail with EINVAL. By default, pages may
   * connect from the host that they connect to, on any port; on loopback without TLS, only from `localhost` and IP
   * addresses. Clients that are not browsers send no Origin header. They are accepted unless the function rejects them.
   * Default: undefined. Not in libzmq.
   */
  webSocketOrigin: origin({ id: 9005, initial: undefined, requires: "listening" }),

  // Heartbeats

  /** Interval between heartbeats to each peer, in ms; 0 disables them. Default: 0 (ZMQ_HEARTBEAT_IVL). */
  heartbeatInterval: int32({ id: 75, initial: 0, requires: "heartbeats" }),
  /**
   * Maximum time for a peer to answer a heartbeat, in ms; 0 means no limit. The initial value, -1, means the value of
   * `heartbeatInterval`, and cannot be set. Default: -1 (ZMQ_HEARTBEAT_TIMEOUT).
   */
  heartbeatTimeout: int32({ id: 77, initial: -1, requires: "heartbeats" }),
  /**
   * Time without data from this socket after which peers should disconnect, in ms, rounded down to a multiple of 100; 0
   * means never. Values over 65,500 are sent as 65,500, because larger ones overflow in libzmq. Default: 0
   * (ZMQ_HEARTBEAT_TTL).
   */
  heartbeatTimeToLive: int32({ id: 76, initial: 0, min: -99, max: 6_553_599, step: 100, requires: "heartbeats" }),

  // Security

  /**
   * Act as a PLAIN server: clients send a username and a password, which are verified. Default: false
   * (ZMQ_PLAIN_SERVER).
   */
  plainServer: serverRole("PLAIN", { id: 44, initial: false, requires: "security" }),
  /**
   * Username for PLAIN as a client, 1 to 255 bytes; `null` resets it; PLAIN then stays in use only if another option
   * requires PLAIN. Default: null (ZMQ_PLAIN_USERNAME).
   */
  plainUsername: credential({ id: 45, requires: "security" }),
  /**
   * Password for PLAIN as a client, 1 to 255 bytes; `null` resets it; PLAIN then stays in use only if another option
   * requires PLAIN. Default: null (ZMQ_PLAIN_PASSWORD).
   */
  plainPassword: credential({ id: 46, requires: "security" }),
  /** Act as a CURVE server, whose public key clients know in advance. Default: false (ZMQ_CURVE_SERVER). */
  curveServer: serverRole("CURVE", { id: 47, initial: false, requires: "security" }),
  /** This socket's public key for CURVE: 40 characters of Z85 or 32 bytes. Default: null (ZMQ_CURVE_PUBLICKEY). */
  curvePublicKey: publicKey({ id: 48, requires: "security" }),
  /** This socket's secret key for CURVE: 40 characters of Z85 or 32 bytes. Default: null (ZMQ_CURVE_SECRETKEY). */
  curveSecretKey: secretKey({ id: 49, requires: "security" }),
  /**
   * Public key of the server for CURVE, which makes this socket a client: 40 characters of Z85 or 32 bytes. Default:
   * null (ZMQ_CURVE_SERVERKEY).
   */
  curveServerKey: serverKey({ id: 50, requires: "security" }),
  /** ZAP domain in which peers are authenticated, 1 to 255 bytes. Default: null (ZMQ_ZAP_DOMAIN). */
  zapDomain: string({ id: 55, min: 1, max: 255, requires: "security" }),
  /**
   * Authenticate peers only if there is a ZAP domain, and reject them if no ZAP handler is bound. Default: false
   * (ZMQ_ZAP_ENFORCE_DOMAIN).
   */
  zapEnforceDomain: boolean({ id: 93, initial: false, numbers: ANY_NUMBER, requires: "security" }),
  /**
   * Authenticates peers in place of a ZAP handler: PLAIN and CURVE clients, and all peers if no security is used. Set it
   * before `bind` and `connect`. Endpoints that authenticate their peers already use a new function immediately. With
   * `undefined`, the ZAP handler decides; without a handler, they accept peers without security, and CURVE clients.
   * Default: undefined. Not in libzmq.
   */
  authenticate: authenticator({ id: 9006, initial: undefined, requires: "security" }),
  /**
   * Maximum number of peers that are authenticated concurrently; further ones wait. A call of `authenticate` counts
   * until it settles, even if its peer has left: use its `signal` to cancel it. 0 means no limit. Default: 256. Not in
   * libzmq.
   */
  maxAuthentications: int32({ id: 9010, initial: 256, requires: "security" }),
  /**
   * Whether `peerOf` returns the senders of messages, for endpoints bound or connected afterward. Adds some overhead to
   * each message. Default: false. Not in libzmq.
   */
  tracePeers: boolean({ id: 9007, initial: false }),

  // TLS

  /** Private key for binding `wss://`, in PEM; `null` for none. Default: null (ZMQ_WSS_KEY_PEM). */
  wssKeyPem: string({ id: 103, nullable: true, requires: "tls" }),
  /**
   * Certificate for `wssKeyPem`, in PEM, followed by its certificate chain; `null` for none. Default: null
   * (ZMQ_WSS_CERT_PEM).
   */
  wssCertPem: string({ id: 104, nullable: true, requires: "tls" }),
  /**
   * Root certificates for verifying `wss://` servers, in PEM; `null` for those of the system. Default: null
   * (ZMQ_WSS_TRUST_PEM).
   */
  wssTrustPem: string({ id: 105, nullable: true, requires: "tls" }),
  /**
   * Host name that the certificate of a `wss://` server must have; `null` for the host of the endpoint. Default: null
   * (ZMQ_WSS_HOSTNAME).
   */
  wssHostname: string({ id: 106, nullable: true, requires: "tls" }),
  /** Trust the system's certificates in addition to `wssTrustPem`. Default: false (ZMQ_WSS_TRUST_SYSTEM). */
  wssTrustSystem: boolean({ id: 107, initial: false, numbers: ANY_NUMBER, requires: "tls" }),

  // TCP

  /**
   * TCP keep-alive: 1 enables it, 0 disables it, -1 uses the setting of the system. Default: -1 (ZMQ_TCP_KEEPALIVE).
   */
  tcpKeepalive: int32({ id: 34, initial: -1, min: -1, max: 1, requires: "tcp" }),
  /**
   * Number of unanswered TCP keep-alive probes after which the connection is lost. See docs/semantics.md. Default: -1,
   * the setting of the system (ZMQ_TCP_KEEPALIVE_CNT).
   */
  tcpKeepaliveCount: int32({ id: 35, initial: -1, min: -1, requires: "tcp" }),
  /**
   * Idle time before the first TCP keep-alive probe, in s. Default: -1, the setting of the system
   * (ZMQ_TCP_KEEPALIVE_IDLE).
   */
  tcpKeepaliveIdle: int32({ id: 36, initial: -1, min: -1, requires: "tcp" }),
  /**
   * Interval between TCP keep-alive probes, in s. See docs/semantics.md. Default: -1, the setting of the system
   * (ZMQ_TCP_KEEPALIVE_INTVL).
   */
  tcpKeepaliveInterval: int32({ id: 37, initial: -1, min: -1, requires: "tcp" }),
  /** IP type of service. See docs/semantics.md. Default: 0 (ZMQ_TOS). */
  typeOfService: uint32({ id: 57, initial: 0, requires: "tcp" }),

  // Multicast

  /** Maximum number of networks that a multicast message may cross. Default: 1 (ZMQ_MULTICAST_HOPS). */
  multicastHops: int32({ id: 25, initial: 1, min: 1, sockets: "senders" }),
  /** Whether this machine receives its own multicast messages. Default: true (ZMQ_MULTICAST_LOOP). */
  multicastLoop: boolean({ id: 96, initial: true, numbers: ANY_NUMBER, sockets: ["RADIO", "DGRAM", "PUB", "XPUB"] }),
  /** Maximum rate at which `epgm://` endpoints send, in kbit/s, including IP headers. Default: 100 (ZMQ_RATE). */
  rate: int32({ id: 8, initial: 100, min: 1, requires: "multicast" }),
  /** Time for which `epgm://` packets can be repaired, in ms. Default: 10,000 (ZMQ_RECOVERY_IVL). */
  recoveryInterval: int32({ id: 9, initial: 10_000, requires: "multicast" }),
  /**
   * Maximum size of an `epgm://` packet, in bytes, including IP and UDP headers. Default: 1,500
   * (ZMQ_MULTICAST_MAXTPDU).
   */
  multicastMaxTransportDataUnit: int32({ id: 84, initial: 1500, min: 1, requires: "multicast" }),
  /**
   * Size of the system's send buffer for `epgm://`, in bytes; other transports ignore it. Default: -1, the default of
   * the system (ZMQ_SNDBUF).
   */
  sendBufferSize: int32({ id: 11, initial: -1, min: -1, sockets: "senders" }),
  /**
   * Size of the system's receive buffer for `epgm://`, in bytes; other transports ignore it. -1 means 4 MiB, or the
   * maximum that the system allows. Deno cannot set it. Default: -1 (ZMQ_RCVBUF).
   */
  receiveBufferSize: int32({ id: 12, initial: -1, min: -1, sockets: "receivers" }),

  // Routing

  /**
   * Routing id that this socket announces to a ROUTER, 1 to 255 bytes. A REP announces it only to peers over inproc.
   * Default: null (ZMQ_ROUTING_ID).
   */
  routingId: string({ id: 5, min: 1, max: MAX_ROUTING_ID, sockets: ["REQ", "REP", "DEALER", "ROUTER"] }),
  /**
   * Makes sending to an unknown peer fail if another peer has room, and wait otherwise; and makes sending to a peer whose
   * queue is full wait. By default, such messages are dropped. Default: false (ZMQ_ROUTER_MANDATORY).
   */
  mandatory: boolean({
    id: 33,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["ROUTER"],
    takesEffect: "immediately",
  }),
  /**
   * Whether a new peer takes over a routing id that is in use, instead of being rejected. Default: false
   * (ZMQ_ROUTER_HANDOVER).
   */
  handover: boolean({
    id: 56,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["ROUTER"],
    takesEffect: "immediately",
    writeOnly: true,
  }),
  /**
   * Announces peers with `[id, empty]`, as bits: 1 when a peer connects, 2 when it disconnects. Default: 0
   * (ZMQ_ROUTER_NOTIFY).
   */
  routerNotify: int32({ id: 97, initial: 0, max: NOTIFY_ALL, sockets: ["ROUTER"] }),
  /** Announces peers with `[id, empty]` when they connect and disconnect. Default: true (ZMQ_STREAM_NOTIFY). */
  notify: boolean({ id: 73, initial: true, sockets: ["STREAM"], writeOnly: true }),
  /**
   * Begin each connection with an empty message, so that a ROUTER learns this socket's routing id. Default: false
   * (ZMQ_PROBE_ROUTER).
   */
  probeRouter: boolean({
    id: 51,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["REQ", "DEALER", "ROUTER"],
    takesEffect: "immediately",
    writeOnly: true,
  }),
  /**
   * Add an id to each request, and accept only the reply with the id of the last request. Default: false
   * (ZMQ_REQ_CORRELATE).
   */
  correlate: boolean({
    id: 52,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["REQ"],
    takesEffect: "immediately",
    writeOnly: true,
  }),
  /**
   * Allow sending a request before the reply to the last one, which is then dropped. Default: false (ZMQ_REQ_RELAXED).
   */
  relaxed: boolean({
    id: 53,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["REQ"],
    takesEffect: "immediately",
    writeOnly: true,
  }),

  // Publishing and subscribing

  /**
   * Wait for subscribers whose queues are full instead of dropping their messages. Default: false (ZMQ_XPUB_NODROP).
   */
  noDrop: boolean({
    id: 69,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["PUB", "XPUB", "RADIO"],
    takesEffect: "immediately",
    writeOnly: true,
  }),
  /**
   * Maximum memory for the subscriptions, or joined groups, of one peer, in bytes. A peer that exceeds it is
   * disconnected. 0 means no limit. A topic counts 1,024 bytes plus three times its length, a group 480 bytes plus its
   * length. Default: 268,435,456 (256 MiB). Not in libzmq.
   */
  maxPeerSubscriptionBytes: int64({
    id: 9008,
    initial: 256 * 1024 * 1024,
    min: 0,
    sockets: ["PUB", "XPUB", "RADIO"],
    takesEffect: "immediately",
  }),
  /**
   * Maximum memory for the subscriptions, or joined groups, of all peers together, in bytes, counted as for
   * `maxPeerSubscriptionBytes`. If a peer exceeds it, the peer that uses the most memory is disconnected. 0 means no
   * limit. Default: 536,870,912 (512 MiB). Not in libzmq.
   */
  maxSubscriptionBytes: int64({
    id: 9009,
    initial: 512 * 1024 * 1024,
    min: 0,
    sockets: ["PUB", "XPUB", "RADIO"],
    takesEffect: "immediately",
  }),
  /**
   * Deliver messages that do *not* match a subscription. Set it on both sides. Default: false (ZMQ_INVERT_MATCHING).
   */
  invertMatching: boolean({
    id: 74,
    initial: false,
    numbers: ANY_NUMBER,
    sockets: ["PUB", "SUB", "XPUB"],
    takesEffect: "immediately",
  }),
  /**
   * Subscriptions that are received as messages: the first one to a topic and the last cancellation (`null`), every
   * subscription (`"allSubs"`), or every subscription and cancellation (`"allSubsUnsubs"`, ZMQ_XPUB_VERBOSER). Default:
   * null (ZMQ_XPUB_VERBOSE).
   */
  verbosity: verbosity({ id: 40, initial: null, sockets: ["XPUB"], takesEffect: "immediately", writeOnly: true }),
  /** Subscriptions of peers take effect only when you call `subscribe`. Default: false (ZMQ_XPUB_MANUAL). */
  manual: boolean({
    id: 71,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["XPUB"],
    takesEffect: "immediately",
    writeOnly: true,
  }),
  /**
   * Like `manual`; in addition, a message sent after receiving a subscription goes only to that peer. Default: false
   * (ZMQ_XPUB_MANUAL_LAST_VALUE).
   */
  manualLastValue: boolean({
    id: 98,
    initial: false,
    numbers: NATURAL_NUMBER,
    sockets: ["XPUB"],
    takesEffect: "immediately",
    writeOnly: true,
  }),
  /**
   * Message that is sent to each new peer, which receives it if it has a matching subscription; `null` for none.
   * Default: null (ZMQ_XPUB_WELCOME_MSG).
   */
  welcomeMessage: string({ id: 72, sockets: ["XPUB"], takesEffect: "immediately", writeOnly: true }),

  // Messages about connections

  /** First message on each connection; `null` for none. Default: null (ZMQ_HELLO_MSG). */
  helloMessage: string({
    id: 110,
    sockets: ["REQ", "REP", "DEALER", "ROUTER", "SERVER", "CLIENT", "PEER"],
    writeOnly: true,
  }),
  /**
   * Message that is received when an accepted connection is lost; `null` for none. Default: null (ZMQ_DISCONNECT_MSG).
   */
  disconnectMessage: string({ id: 111, sockets: ["REP", "ROUTER", "SERVER", "PEER"], writeOnly: true }),
  /** Message that is received when an outgoing connection is lost; `null` for none. Default: null (ZMQ_HICCUP_MSG). */
  hiccupMessage: string({ id: 114, sockets: ["DEALER", "CLIENT", "PEER"], writeOnly: true }),

  // Without effect

  /**
   * Maximum time that sent data may be unacknowledged, in ms. Has no effect: see docs/semantics.md. Default: 0
   * (ZMQ_TCP_MAXRT).
   */
  tcpMaxRetransmitTimeout: int32({ id: 80, initial: 0, takesEffect: "never", requires: "tcp" }),
  /** Network interface to use. Has no effect: see docs/semantics.md. Default: null (ZMQ_BINDTODEVICE). */
  interface: string({ id: 92, min: 1, max: 16, nullable: true, takesEffect: "never", requires: "tcp" }),
  /** I/O threads to use, as bits. Has no effect: see docs/guide/io-threads.md. Default: 0 (ZMQ_AFFINITY). */
  affinity: uint64({ id: 4, initial: 0, takesEffect: "never", requires: "tcp" }),
  /** Use the loopback fast path on Windows. Has no effect. Default: false (ZMQ_LOOPBACK_FASTPATH). */
  loopbackFastPath: boolean({ id: 94, initial: false, numbers: ANY_NUMBER, takesEffect: "never", requires: "tcp" }),

  // Transports that are not supported

  /**
   * Buffer size for `vmci://`, which is not supported. Setting and reading it fails with EINVAL. Default: 0
   * (ZMQ_VMCI_BUFFER_SIZE).
   */
  vmciBufferSize: absentNumber({ id: 85, initial: 0, takesEffect: "never" }),
  /**
   * Minimum buffer size for `vmci://`, which is not supported. Setting and reading it fails with EINVAL. Default: 0
   * (ZMQ_VMCI_BUFFER_MIN_SIZE).
   */
  vmciBufferMinSize: absentNumber({ id: 86, initial: 0, takesEffect: "never" }),
  /**
   * Maximum buffer size for `vmci://`, which is not supported. Setting and reading it fails with EINVAL. Default: 0
   * (ZMQ_VMCI_BUFFER_MAX_SIZE).
   */
  vmciBufferMaxSize: absentNumber({ id: 87, initial: 0, takesEffect: "never" }),
  /**
   * Maximum time to establish a connection over `vmci://`, which is not supported. Setting and reading it fails with
   * EINVAL. Default: 0 (ZMQ_VMCI_CONNECT_TIMEOUT).
   */
  vmciConnectTimeout: absentNumber({ id: 88, initial: 0, takesEffect: "never" }),
}

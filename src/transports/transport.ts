import type { Pipe, PipeEnd, PipeEndOptions, PipeOwner, SessionPipe, SocketEnd } from "../core/pipe.js"
import type { Departed } from "../core/departed.js"
import type { Counters } from "../core/counters.js"
import type { Runtime } from "../core/runtime.js"
import type { SessionOptions } from "../core/session.js"
import type { Frame } from "../zmtp/bytes.js"
import type { Credentials } from "../zmtp/engine.js"
import type { NetworkPeer, Peer } from "../zmtp/peer.js"
import type { ProtocolError } from "../zmtp/protocol-error.js"
import type { SocketTypeName } from "../zmtp/socket-types.js"
import type { Inproc } from "./inproc/inproc.js"
import type { Security, Verdict } from "../zmtp/handshake/security.js"
import type { Authenticator } from "./security/zap.js"

/** Options of a socket that its transports go by. They are read when an endpoint is bound or connected. */
export interface TransportOptions extends SessionOptions {
  readonly ipv6: boolean
  readonly backlog: number
  readonly maxConnections: number
  readonly immediate: boolean
  readonly reconnectInterval: number
  readonly reconnectMaxInterval: number
  /** Bits of `ReconnectStop`. */
  readonly reconnectStop: number
  readonly connectTimeout: number
  readonly resolveInterval: number
  readonly linger: number
  readonly tcpKeepalive: number
  readonly tcpKeepaliveIdle: number
  readonly tcpKeepaliveInterval: number
  readonly tcpKeepaliveCount: number
  readonly tcpAcceptFilter: readonly string[]
  readonly typeOfService: number
  readonly multicastHops: number
  readonly multicastLoop: boolean
  readonly multicastMaxTransportDataUnit: number
  readonly rate: number
  readonly recoveryInterval: number
  readonly sendBufferSize: number
  readonly receiveBufferSize: number
  readonly socksProxy: Uint8Array
  readonly wssKeyPem: Frame
  readonly wssCertPem: Frame
  readonly wssTrustPem: Frame
  readonly wssHostname: Frame
  readonly wssTrustSystem: boolean
  readonly webSocketOrigin: OriginCheck | undefined
  readonly mechanism: Security["mechanism"]
  readonly asServer: boolean
  readonly plainUsername: Frame
  readonly plainPassword: Frame
  readonly curvePublicKey: Frame
  readonly curveSecretKey: Frame
  readonly curveServerKey: Frame
  readonly zapDomain: Frame
  readonly zapEnforceDomain: boolean
  readonly authenticate: Authenticator | undefined
  readonly maxAuthentications: number
  /** Received when an accepted connection is lost; empty for none. */
  readonly disconnectMessage: Frame
  /** Received when an outgoing connection is lost; empty for none. */
  readonly hiccupMessage: Frame
}

/**
 * Which web pages may connect over WebSocket, by their origin (`https://example.org`): one, several, `"*"` for any, or
 * what a function says. Who is no browser has no origin.
 */
export type OriginCheck = string | readonly string[] | ((origin: string | undefined) => boolean)

/** After which failures a socket does not reconnect, as bits: the first three are those of ZMQ_RECONNECT_STOP. */
export const ReconnectStop = {
  /** Nothing listens at the endpoint. */
  connectionRefused: 1,
  /** The handshake failed, for whatever reason. */
  handshakeFailed: 2,
  /** The connection is lost, or there is none, after `disconnect` or `close`. */
  afterDisconnect: 4,
  /** What the peer said is against the protocol or a limit, or it refused this socket: all that libzmq gives up for. */
  protocolError: 0x1_0000,
} as const

/** An event of an endpoint or connection, as the socket's observer reports it. */
export interface TransportEvent {
  readonly type:
    | "bind"
    | "bind:error"
    | "accept"
    | "accept:error"
    | "connect"
    | "connect:delay"
    | "connect:retry"
    | "address:add"
    | "address:remove"
    | "close"
    | "close:error"
    | "disconnect"
    | "handshake"
    | "handshake:error:protocol"
    | "handshake:error:auth"
    | "handshake:error:other"
    | "loss"
  readonly address?: string
  /** Time until the next attempt, in ms. */
  readonly interval?: number
  /** The endpoint of one address of a name that is followed, with `address:add` and `address:remove`. */
  readonly target?: string
  readonly error?: Error
  /** With `handshake` who has come. With its errors, and with `disconnect`, who was there, as far as it had said so. */
  readonly peer?: NetworkPeer
  /** What is missing for good, with `loss`. */
  readonly loss?: PacketLoss
}

/** Packets of a multicast source that could not be repaired. */
export interface PacketLoss {
  /** The source's session. */
  readonly source: string
  /** Sequence numbers of the first and the last packet. */
  readonly first: number
  readonly last: number
}

/** A socket of this library, as its peers see it. */
export interface SelfPeer extends Peer {
  readonly socketType: SocketTypeName
}

/**
 * The socket as connections see it: it opens pipes and takes events. It may be in another thread.
 */
export interface ConnectionHost {
  readonly runtime: Runtime
  /** Where its connections are counted. */
  readonly counters: Counters
  /** Where it is counted what peers that are gone have left unread. */
  readonly departed: Departed
  /** A copy of the current options. */
  transportOptions(): TransportOptions
  /**
   * Opens a pipe between the socket and `owner`, who gets this end of it.
   * @param routingId What `connect` was told to call the peer.
   * @param opened Given the socket's end before the socket has it.
   * @throws ZmqError EINVAL when the socket can have no such pipe.
   */
  openPipe(owner: PipeOwner, routingId?: Uint8Array, opened?: (near: SocketEnd) => void): SessionPipe
  /** Closes the socket's end of a pipe. Its owner is notified as if the other end had closed. */
  detach(pipe: PipeEnd): void
  /** The reason to reject a peer with this routing id, for sockets that route by it. */
  readonly rejectionOf?: ((routingId: Frame) => ProtocolError | undefined) | undefined
  /** The last handshake with the peer beyond `pipe` failed; `peerReady` follows when one is complete. */
  peerFailed(pipe: PipeEnd): void
  emit(event: TransportEvent): void
  /** Judges peers in place of a ZAP handler. */
  readonly authenticator: Authenticator | undefined
  /** Where a ZAP handler may be bound. */
  readonly inproc: Pick<Inproc, "isBound" | "open">
  /**
   * Has a peer judged in the thread of the socket, where that is another one. False when nobody is there to judge it.
   * @param gone Creates the signal that fires when nobody waits for the verdict any more.
   */
  askSocket?(
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): boolean
}

/** The socket as a transport sees it: it accepts pipes and events. */
export interface TransportHost extends ConnectionHost, PipeOwner {
  /** For the socket's end of a new pipe. */
  pipeOptions(): PipeEndOptions
  /** This socket, as its peers over inproc see it. */
  readonly self: SelfPeer
  /**
   * Gives the socket its end of a pipe; `routingId` is what `connect` was told to call the peer.
   * @throws ZmqError EINVAL when the socket can have no such pipe.
   */
  attach(pipe: Pipe, routingId?: Uint8Array): void
  readonly inproc: Inproc
}

/** A bound endpoint. */
export interface Binding {
  /** As `lastEndpoint` gives it: wildcards replaced by what was bound. It changes with the server that it is bound to. */
  readonly endpoint: string
  /** Frees the address and ends its connections; resolves when the address can be bound again. */
  unbind(linger: number): Promise<void>
  /** The socket has closed: frees the address; what it has sent goes on for `linger` ms. */
  close(linger: number): void
}

/** A connected endpoint, with or without a current connection. */
export interface Connection {
  /** What was sent goes on for `linger` ms (-1: without limit), what was not received is dropped. */
  disconnect(linger: number): void
}

/** A way to reach peers, known by the scheme of its endpoints. It gives its host pipes, whatever lies beyond them. */
export interface Transport {
  /**
   * @param address The endpoint without its scheme.
   * @throws ZmqError (rejects) when the address is malformed or cannot be bound.
   */
  bind(address: string, host: TransportHost): Promise<Binding>
  /** Like `bind`, at once. @throws ZmqError also ENOTSUP where that cannot be. */
  bindSync(address: string, host: TransportHost): Binding
  /**
   * @param ended Called when the endpoint is gone for good without `disconnect`.
   * @throws ZmqError EINVAL when the address is malformed.
   */
  connect(address: string, host: TransportHost, routingId: Uint8Array | undefined, ended: () => void): Connection
}

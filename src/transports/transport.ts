// Transports: each connects the pipes of a socket to peers. One folder per transport, and folders that several share.

import type { Pipe, PipeOwner } from "../core/pipe/pipe.js"
import type { PipeEnd, SocketEnd } from "../core/pipe/pipe-end.js"
import type { PipeEndOptions } from "../core/pipe/pipe-limits.js"
import type { SessionPipe } from "../core/pipe/session-pipe.js"
import type { Departed } from "../core/pipe/departed.js"
import type { Counters } from "../core/counters.js"
import type { Runtime } from "../core/runtime/runtime.js"
import type { SessionOptions } from "../core/connection/session.js"
import type { Frame } from "../zmtp/bytes.js"
import type { Credentials } from "../zmtp/engine.js"
import type { NetworkPeer, Peer } from "../zmtp/peer.js"
import type { ProtocolError } from "../zmtp/protocol-error.js"
import type { SocketTypeName } from "../zmtp/socket-types.js"
import type { Security, Verdict } from "../zmtp/handshake/security.js"
import type { InprocNames } from "./inproc-names.js"
import type { Authenticator } from "./authenticator.js"

/** Options of a socket that transports use. They are read when an endpoint is bound or connected. */
export interface TransportOptions extends Omit<SessionOptions, "security"> {
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
  /** Whether a new peer takes over the routing id of another one. */
  readonly handover: boolean
  /** Message to deliver when an accepted connection is lost; empty for none. */
  readonly disconnectMessage: Frame
  /** Message to deliver when an outgoing connection is lost; empty for none. */
  readonly hiccupMessage: Frame
}

/** Options of an endpoint over byte streams, with the security of its connections, which results from the options. */
export interface StreamOptions extends TransportOptions, SessionOptions {}

/**
 * Web pages that may connect over WebSocket, by origin (`https://example.org`): one origin, several, `"*"` for any, or
 * a function that returns true to accept an origin. Clients that are not browsers have no origin.
 */
export type OriginCheck = string | readonly string[] | ((origin: string | undefined) => boolean)

/** Errors after which a socket stops reconnecting, as bits. The first three are those of ZMQ_RECONNECT_STOP. */
export const ReconnectStop = {
  /** No process listens on the endpoint. */
  connectionRefused: 1,
  /** The handshake failed, for any reason. */
  handshakeFailed: 2,
  /** The connection was lost, or could not be established, after `disconnect` or `close`. */
  afterDisconnect: 4,
  /** The peer violated the protocol or a limit, or refused this socket. libzmq always stops in these cases. */
  protocolError: 0x1_0000,
} as const

/** An event of an endpoint or connection, for the socket's observer. */
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
  /** `connect:retry` only: time until the next attempt, in ms. */
  readonly interval?: number
  /** `address:add` and `address:remove` only: the endpoint of one address of a followed name. */
  readonly target?: string
  readonly error?: Error
  /** Describes the peer; for errors of a handshake and `disconnect`, as far as it is known. */
  readonly peer?: NetworkPeer
  /** `loss` only: the packets that were lost. */
  readonly loss?: PacketLoss
}

/** Packets of a multicast source that could not be repaired. */
export interface PacketLoss {
  /** The session of the source. */
  readonly source: string
  /** Sequence numbers of the first and the last packet. */
  readonly first: number
  readonly last: number
}

/** Describes a socket of this library to its peers. */
export interface SelfPeer extends Peer {
  readonly socketType: SocketTypeName
}

/** The socket of a connection, which opens pipes and receives events. It may be in another thread. */
export interface ConnectionHost {
  readonly runtime: Runtime
  /** Counts the bytes and reconnects of its connections. */
  readonly counters: Counters
  /** Counts unreceived messages of departed peers. */
  readonly departed: Departed
  /** Returns a copy of the current options. */
  transportOptions(): TransportOptions
  /**
   * Opens a pipe between the socket and `owner`, and returns the end of `owner`.
   * @param routingId Id for the peer that was passed to `connect`.
   * @param opened Called with the socket's end, before it is added to the socket.
   * @throws ZmqError EINVAL if the socket does not accept the pipe.
   */
  openPipe(owner: PipeOwner, routingId?: Uint8Array, opened?: (near: SocketEnd) => void): SessionPipe
  /** Closes the socket's end of a pipe. Its owner is notified as if the other end had closed. */
  detach(pipe: PipeEnd): void
  /** The reason to reject a peer with this routing id, for sockets that route by it. */
  readonly rejectionOf?: ((routingId: Frame) => ProtocolError | undefined) | undefined
  /** The last handshake with the peer of `pipe` failed; `peerReady` follows when one succeeds. */
  peerFailed(pipe: PipeEnd): void
  emit(event: TransportEvent): void
  /** Authenticates peers in place of a ZAP handler. */
  readonly authenticator: Authenticator | undefined
  /** The transport through which a ZAP handler may be bound. */
  readonly inproc: InprocNames
  /**
   * Authenticates a peer in the thread of the socket, if that is another one. Returns false if the thread has ended.
   * @param gone Creates a signal that aborts when the verdict is no longer needed.
   */
  askSocket?(
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    done: (verdict: Verdict | Error) => void,
  ): boolean
}

/** The socket of a transport, which accepts pipes and receives events. */
export interface TransportHost extends ConnectionHost, PipeOwner {
  /** Options of the socket's end of a new pipe. */
  pipeOptions(): PipeEndOptions
  /** Describes this socket to peers over inproc. */
  readonly self: SelfPeer
  /**
   * Adds the socket's end of a pipe. `routingId` is the id that was passed to `connect` for the peer.
   * @throws ZmqError EINVAL if the socket does not accept the pipe.
   */
  attach(pipe: Pipe, routingId?: Uint8Array): void
  /** Called after an option was set. Assigned by the code that needs the notification. */
  settingsChanged: (() => void) | undefined
}

/** A bound endpoint. */
export interface Binding {
  /**
   * The endpoint for `lastEndpoint`, with wildcards resolved. For a server of the application, it changes when the
   * server starts to listen.
   */
  readonly endpoint: string
  /** Releases the address and closes its connections. Resolves when the address is available again. */
  unbind(linger: number): Promise<void>
  /** The socket was closed: releases the address. Queued messages are sent for up to `linger` ms. */
  close(linger: number): void
}

/** A connected endpoint, with or without a current connection. */
export interface ConnectedEndpoint {
  /**
   * Disconnects. Queued messages are sent for up to `linger` ms (-1 means no limit); unreceived messages are dropped.
   */
  disconnect(linger: number): void
}

/** Connects the pipes of sockets to peers. Each transport is identified by the scheme of its endpoints. */
export interface Transport {
  /**
   * @param address The endpoint without its scheme.
   * @throws ZmqError (rejects) if the address is malformed or cannot be bound.
   */
  bind(address: string, host: TransportHost): Promise<Binding>
  /** Like `bind`, synchronously. @throws ZmqError, also ENOTSUP if this is not possible. */
  bindSync(address: string, host: TransportHost): Binding
  /**
   * @param ended Called when the endpoint has ended permanently without `disconnect`.
   * @throws ZmqError EINVAL if the address is malformed.
   */
  connect(address: string, host: TransportHost, routingId: Uint8Array | undefined, ended: () => void): ConnectedEndpoint
}

import type { Frame } from "../../zmtp/bytes.js"
import type { VerdictRequest } from "../../zmtp/engine.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import type { Counters } from "../counters.js"
import type { SessionPipe } from "../pipe/session-pipe.js"
import type { Runtime } from "../runtime/runtime.js"
import type { HeartbeatMaker, HeartbeatOptions } from "./heartbeat.js"

export interface ConnectionOptions extends HeartbeatOptions {
  /** Maximum time from connecting to the end of the handshake, in ms; 0 means no limit (ZMQ_HANDSHAKE_IVL). */
  readonly handshakeInterval: number
  /** First message on every connection; empty for none (ZMQ_HELLO_MSG). */
  readonly helloMessage: Frame
  /** Whether to record the senders of messages for `peerOf`. */
  readonly tracePeers: boolean
}

/** Authenticates peers. */
export interface PeerAuthenticator {
  /**
   * Authenticates the peer and calls `done` with the verdict, or with an error that ends the connection.
   * @param gone Creates a signal that aborts when the verdict is no longer needed. Call it at most once.
   */
  authenticate(
    request: VerdictRequest,
    address: string,
    gone: () => AbortSignal,
    done: (verdict: Verdict | Error) => void,
  ): void
}

/** The owner of a connection, which has the pipe that the connection serves and handles its events. */
export interface ConnectionOwner extends PeerAuthenticator {
  readonly runtime: Runtime
  readonly counters: Counters
  readonly options: ConnectionOptions
  readonly makeHeartbeat: HeartbeatMaker | undefined
  /** The end of the pipe that this connection serves. */
  readonly pipe: SessionPipe | undefined
  /** Whether the socket sends no more messages, so the connection ends when everything is written. */
  readonly finishing: boolean
  /**
   * The handshake is complete. Returns the pipe to serve. If the socket accepts no more pipes, or rejects the peer, this
   * method ends the connection and returns `undefined`.
   */
  connectionReady(): SessionPipe | undefined
  /** The peer was announced to the pipe. */
  connectionAnnounced(): void
  /** Closes the pipe, because nothing more is read, and all messages are written. */
  dropPipe(): void
  /** The connection is closed, and some of the data that it received has not been read. */
  connectionDraining(): void
  /**
   * The connection is closed, and nothing more is read from it: everything was read, or the connection has failed, or
   * `stopDraining` was called.
   * @param handshaken Whether the handshake was complete.
   */
  connectionLost(error: Error | undefined, handshaken: boolean): void
  /** All messages are written, and the stream is closed, even if the peer has not read everything. */
  connectionFinished(): void
}

import type { Frame } from "../zmtp/bytes.js"
import type { VerdictRequest } from "../zmtp/engine.js"
import type { Verdict } from "../zmtp/handshake/security.js"
import type { Counters } from "./counters.js"
import type { HeartbeatMaker, HeartbeatOptions } from "./heartbeat.js"
import type { SessionPipe } from "./pipe.js"
import type { Runtime } from "./runtime.js"

export interface ConnectionOptions extends HeartbeatOptions {
  /** Longest time from connecting to the end of the handshake, in ms; 0 means no limit (ZMQ_HANDSHAKE_IVL). */
  readonly handshakeInterval: number
  /** First message on every connection; empty for none (ZMQ_HELLO_MSG). */
  readonly helloMessage: Frame
  /** Whether `peerOf` is to know where messages came from. */
  readonly tracePeers: boolean
}

/** Decides who may connect. */
export interface Judge {
  /**
   * Authenticates the peer and calls `judged` with the verdict, or with an error that ends the connection.
   * @param gone Creates a signal that aborts when the verdict is no longer needed.
   */
  authenticate(
    request: VerdictRequest,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void
}

/** What a connection needs from whoever has it: the pipe that it serves, and somebody to tell what happens. */
export interface ConnectionOwner extends Judge {
  readonly runtime: Runtime
  readonly counters: Counters
  readonly options: ConnectionOptions
  readonly makeHeartbeat: HeartbeatMaker | undefined
  /** The end of the pipe that this connection serves. */
  readonly pipe: SessionPipe | undefined
  /** No more messages will come from the socket: end when everything is written. */
  readonly finishing: boolean
  /** The handshake is complete. Returns the pipe to serve, or `undefined` when the socket takes no more. */
  connectionReady(): SessionPipe | undefined
  /** The peer was announced to the pipe. */
  connectionAnnounced(): void
  /** Closes the pipe: everything it held is written. */
  dropPipe(): void
  /** The connection is gone, and not everything that it brought was read. */
  connectionDraining(): void
  /** The connection is gone, after everything it brought was read. `handshaken`: messages could flow. */
  connectionLost(error: Error | undefined, handshaken: boolean): void
  /** Everything is written and sent. */
  connectionFinished(): void
}

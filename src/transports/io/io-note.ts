import type { Credentials } from "../../zmtp/engine.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { PipeEndOptions } from "../../core/pipe/pipe-limits.js"
import type { Piece } from "../threads/pieces.js"
import type { SharedPipe } from "../threads/shared-pipe.js"
import type { TransportEvent, TransportOptions } from "../transport.js"
import type { ErrorNote } from "./error-note.js"

// The messages between a calling thread and an I/O thread. Both run the same version of this library, and no other code
// has access to their port. Notes are therefore trusted like function arguments.

/** Information on a socket for its I/O threads. */
export interface SocketFacts {
  /** Its number within the context. */
  readonly key: number
  /** See `IoBoard`. */
  readonly board: SharedArrayBuffer
  /** Limits of the socket's end of a new pipe. */
  readonly limits: PipeEndOptions
  /** Whether the socket routes by the routing ids of its peers. */
  readonly routes: boolean
  /** Whether, when a peer is announced again, messages in both directions wait until the socket has been notified. */
  readonly waits: boolean
  /** Whether messages are attributed to peers, and therefore wait whenever a peer is announced. */
  readonly traces: boolean
}

/** Notes about one pipe, which both threads send. */
export type PipeNote =
  | { readonly kind: "piece"; readonly pipe: number; readonly piece: Piece<ArrayBufferLike> }
  /** The end in the other thread is closed. @param unread Number of messages lost because this thread had closed its end. */
  | { readonly kind: "gone"; readonly pipe: number; readonly unread: number }

/** Notes to an I/O thread. */
export type IoRequest =
  | PipeNote
  | (EndpointRequest & {
      readonly kind: "bind"
      /** Whether the calling thread is blocked until it has the answer. */
      readonly atOnce: boolean
    })
  | (EndpointRequest & {
      readonly kind: "connect"
      readonly routingId: Uint8Array | undefined
      /** The pipe in which messages are already queued. */
      readonly pipe: { readonly id: number; readonly shared: SharedPipe } | undefined
    })
  /** Ends an endpoint. Queued messages are sent for up to `linger` ms. */
  | { readonly kind: "unbind"; readonly endpoint: number; readonly linger: number }
  | { readonly kind: "close"; readonly endpoint: number; readonly linger: number }
  | { readonly kind: "disconnect"; readonly endpoint: number; readonly linger: number }
  /** The socket has been notified of the announced peer. Messages may continue. */
  | { readonly kind: "known"; readonly pipe: number }
  /** The first `count` messages that the socket has sent are not for this peer. */
  | { readonly kind: "discard"; readonly pipe: number; readonly count: number }
  | { readonly kind: "expel"; readonly pipe: number; readonly error: ErrorNote }
  | {
      readonly kind: "verdict"
      readonly question: number
      readonly verdict: Verdict | undefined
      readonly error?: ErrorNote
    }
  /** The process has nothing else to do. Reply when everything is written. */
  | { readonly kind: "settle" }
  /** The process exits. The calling thread is blocked until this thread has cleaned up. */
  | { readonly kind: "exit" }

interface EndpointRequest {
  readonly endpoint: number
  readonly socket: SocketFacts
  readonly scheme: string
  readonly address: string
  readonly options: OptionsNote
}

/** Options of an endpoint, without those that cannot be cloned. */
export type OptionsNote = Omit<TransportOptions, "authenticate" | "rejectionOf"> & {
  readonly authenticates: boolean
}

/** Notes from an I/O thread. */
export type IoNote =
  | PipeNote
  | { readonly kind: "bound"; readonly endpoint: number; readonly name: string }
  | { readonly kind: "refused"; readonly endpoint: number; readonly error: ErrorNote }
  | { readonly kind: "unbound"; readonly endpoint: number }
  /** A connected endpoint has ended permanently. */
  | { readonly kind: "ended"; readonly endpoint: number }
  /** The last note about the endpoint. */
  | { readonly kind: "over"; readonly endpoint: number }
  | { readonly kind: "event"; readonly endpoint: number; readonly event: EventNote }
  /** A new pipe for the socket. @param dialer Its destination, as a number within the connected endpoint. */
  | {
      readonly kind: "attach"
      readonly endpoint: number
      readonly pipe: number
      readonly shared: SharedPipe
      readonly dialer: number | undefined
      readonly routingId: Uint8Array | undefined
    }
  /** @param waits Whether messages wait for the reply `known`. */
  | { readonly kind: "peer"; readonly pipe: number; readonly peer: NetworkPeer; readonly waits: boolean }
  /** The peer has disconnected. It may reconnect. */
  | { readonly kind: "withdrawn"; readonly pipe: number }
  /** The last handshake of the pipe's connection failed. */
  | { readonly kind: "failed"; readonly pipe: number }
  | { readonly kind: "detach"; readonly pipe: number }
  | {
      readonly kind: "ask"
      readonly endpoint: number
      readonly question: number
      readonly credentials: Credentials
      readonly address: string
    }
  /** The verdict is no longer needed. */
  | { readonly kind: "unasked"; readonly question: number }
  /** Whether a session lingers. */
  | { readonly kind: "lingers"; readonly lingers: boolean }
  /** A request to end an endpoint was processed, or everything is written. */
  | { readonly kind: "done" }

/** An event, without members that cannot be cloned. */
export type EventNote = Omit<TransportEvent, "error"> & { readonly error?: ErrorNote }

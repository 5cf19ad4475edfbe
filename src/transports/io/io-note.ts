import type { Credentials } from "../../zmtp/engine.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { PipeEndOptions } from "../../core/pipe.js"
import type { SharedPipe } from "../threads/shared-pipe.js"
import type { TransportEvent, TransportOptions } from "../transport.js"
import type { ErrorNote } from "./error-note.js"

// What a calling thread and an I/O thread tell each other. Both run the same version of this library, and nobody else has their
// port: notes are trusted as arguments of calls are.

/** A socket, as an I/O thread knows it. */
export interface SocketFacts {
  /** Its number within the context. */
  readonly key: number
  /** See `IoBoard`. */
  readonly board: SharedArrayBuffer
  /** Limits of its end of a new pipe. */
  readonly limits: PipeEndOptions
  /** It routes by the routing ids of its peers. */
  readonly routes: boolean
  /** When a peer is announced again, messages wait in both directions until the socket knows. */
  readonly waits: boolean
  /** Messages are attributed to peers: they wait whenever a peer is announced. */
  readonly traces: boolean
}

/** Shared memory that belongs to a queue, and its number there. */
export type Piece = readonly [id: number, memory: SharedArrayBuffer]

/** Concerns one pipe; both threads say these. */
export type PipeNote =
  | { readonly kind: "piece"; readonly pipe: number; readonly piece: Piece }
  /** The end in the other thread is closed. @param unread Number of messages lost because this thread had closed its end. */
  | { readonly kind: "gone"; readonly pipe: number; readonly unread: number }

/** To an I/O thread. */
export type IoRequest =
  | PipeNote
  | (EndpointRequest & {
      readonly kind: "bind"
      /** The calling thread stands still until it has the answer. */
      readonly atOnce: boolean
    })
  | (EndpointRequest & {
      readonly kind: "connect"
      readonly routingId: Uint8Array | undefined
      /** The pipe that messages queue in already. */
      readonly pipe: { readonly id: number; readonly shared: SharedPipe } | undefined
    })
  /** Ends an endpoint, with what is still to be sent for `linger` ms. */
  | { readonly kind: "unbind" | "close" | "disconnect"; readonly endpoint: number; readonly linger: number }
  /** The socket knows the peer that was announced: messages may go on. */
  | { readonly kind: "known"; readonly pipe: number }
  /** Of what the socket has sent, the first `count` messages are not for this peer. */
  | { readonly kind: "discard"; readonly pipe: number; readonly count: number }
  | { readonly kind: "expel"; readonly pipe: number; readonly error: ErrorNote }
  | {
      readonly kind: "verdict"
      readonly question: number
      readonly verdict: Verdict | undefined
      readonly error?: ErrorNote
    }
  /** The process has nothing else to do: say so once everything is written. */
  | { readonly kind: "settle" }
  /** The process ends, and the calling thread stands still until this thread has left nothing behind. */
  | { readonly kind: "exit" }

interface EndpointRequest {
  readonly endpoint: number
  readonly socket: SocketFacts
  readonly scheme: string
  readonly address: string
  readonly options: OptionsNote
}

/** Options of an endpoint without what cannot be cloned. */
export type OptionsNote = Omit<TransportOptions, "authenticate" | "rejectionOf" | "security"> & {
  readonly authenticates: boolean
}

/** From an I/O thread. */
export type IoNote =
  | PipeNote
  | { readonly kind: "bound"; readonly endpoint: number; readonly name: string }
  | { readonly kind: "refused"; readonly endpoint: number; readonly error: ErrorNote }
  | { readonly kind: "unbound"; readonly endpoint: number }
  /** A connected endpoint is gone for good. */
  | { readonly kind: "ended"; readonly endpoint: number }
  /** Nothing more will be said of the endpoint. */
  | { readonly kind: "over"; readonly endpoint: number }
  | { readonly kind: "event"; readonly endpoint: number; readonly event: EventNote }
  /** A new pipe for the socket. @param dialer What it leads to, of one connected endpoint. */
  | {
      readonly kind: "attach"
      readonly endpoint: number
      readonly pipe: number
      readonly shared: SharedPipe
      readonly dialer: number | undefined
      readonly routingId: Uint8Array | undefined
    }
  /** @param waits Messages wait until the answer, `known`. */
  | { readonly kind: "peer"; readonly pipe: number; readonly peer: NetworkPeer; readonly waits: boolean }
  /** The peer is gone. It may return. */
  | { readonly kind: "withdrawn"; readonly pipe: number }
  /** The last handshake with the peer beyond the pipe failed. */
  | { readonly kind: "failed"; readonly pipe: number }
  | { readonly kind: "detach"; readonly pipe: number }
  | {
      readonly kind: "ask"
      readonly endpoint: number
      readonly question: number
      readonly credentials: Credentials
      readonly address: string
    }
  /** Nobody waits for the verdict any more. */
  | { readonly kind: "unasked"; readonly question: number }
  /** Whether a session lingers. */
  | { readonly kind: "lingers"; readonly lingers: boolean }
  /** A request to end an endpoint was carried out, or everything is written. */
  | { readonly kind: "done" }

/** An event without what cannot be cloned. */
export type EventNote = Omit<TransportEvent, "error"> & { readonly error?: ErrorNote }

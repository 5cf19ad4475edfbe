import type { Peer } from "../../zmtp/peer.js"
import { isCount, isObject, isShared, listOf, parsePeer } from "../inproc/parse.js"
import type { Piece } from "./pieces.js"
import { parseSharedPipe, type SharedPipe } from "./shared-pipe.js"

/** A request to the binding side of a pipe. */
export interface PipeRequest {
  readonly address: string
  readonly self: Peer
}

/** A socket has connected to `address`. */
export interface ConnectNote extends PipeRequest {
  readonly kind: "connect"
  readonly to: number
  readonly from: number
  readonly pipe: string
  readonly shared: SharedPipe
  /** Memory that the queue already references. */
  readonly pieces: readonly Piece[]
}

/** A message between threads: to all of them, or to the thread in `to`. */
export type Note =
  | { readonly kind: "bound"; readonly address: string }
  | { readonly kind: "gone"; readonly threads: readonly number[] }
  | ConnectNote
  | { readonly kind: "refused"; readonly to: number; readonly pipe: string; readonly from: number }
  | { readonly kind: "piece"; readonly to: number; readonly pipe: string; readonly piece: Piece }

/** A message on the line of one pipe: a notification (0), memory, or the peer. */
export type LineWord = 0 | Piece | Peer

/** Parses a message on the channel of all threads. Any code in the process can post there. */
export function parseNote(data: unknown): Note | undefined {
  if (!isObject(data)) return undefined
  const { kind, to, from, pipe } = data
  switch (kind) {
    case "bound": {
      const { address } = data
      return typeof address === "string" ? { kind, address } : undefined
    }
    case "gone": {
      const threads = listOf(data["threads"], (thread) => (isCount(thread) ? thread : undefined))
      return threads === undefined ? undefined : { kind, threads }
    }
  }
  if (!isCount(to) || typeof pipe !== "string") return undefined
  switch (kind) {
    case "connect":
      return isCount(from) ? parseConnect(data, to, from, pipe) : undefined
    case "refused":
      return isCount(from) ? { kind, to, pipe, from } : undefined
    case "piece": {
      const piece = parsePiece(data["piece"])
      return piece === undefined ? undefined : { kind, to, pipe, piece }
    }
    default:
      return undefined
  }
}

function parseConnect(
  data: Readonly<Record<string, unknown>>,
  to: number,
  from: number,
  pipe: string,
): ConnectNote | undefined {
  const { address } = data
  const [self, shared] = [parsePeer(data["self"]), parseSharedPipe(data["shared"])]
  const pieces = listOf(data["pieces"], parsePiece)
  if (typeof address !== "string" || self === undefined || shared === undefined || pieces === undefined)
    return undefined
  return { kind: "connect", to, from, pipe, address, self, shared, pieces }
}

/** Parses a message on the line of one pipe. */
export function parseLineWord(data: unknown): LineWord | undefined {
  return data === 0 ? data : (parsePiece(data) ?? parsePeer(data))
}

function parsePiece(value: unknown): Piece | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [id, memory] = [value[0] as unknown, value[1] as unknown]
  return isCount(id) && id > 0 && isShared(memory) ? [id, memory] : undefined
}

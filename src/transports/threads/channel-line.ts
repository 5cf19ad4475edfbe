import { BroadcastChannel, receiveMessageOnPort, type MessagePort } from "node:worker_threads"
import type { Runtime } from "../../core/runtime/runtime.js"
import { asFrame } from "../../zmtp/bytes.js"
import type { Peer } from "../../zmtp/peer.js"
import { KEY } from "./thread-ledger.js"
import { Pieces, type Piece } from "./pieces.js"
import { parseLineWord, type LineWord, type PipeRequest } from "./thread-note.js"
import { listens, startListening, type SharedPipe, type Side } from "./shared-pipe.js"
import type { ThreadLine, ThreadPipe } from "./thread-pipe.js"

/** The thread of an end of a line. */
export interface LineHost {
  readonly runtime: Runtime
  /** Sends memory to a thread that does not listen to the line yet. */
  sendPiece(to: number, pipe: string, piece: Piece): void
  /** Checks for memory that has arrived and was not delivered yet. */
  look(): void
  forget(line: ChannelLine): void
}

/** One end of the channel for notifications of a pipe. */
export class ChannelLine implements ThreadLine {
  pipe!: ThreadPipe
  /** The request to the binding side, until it is answered. */
  request: PipeRequest | undefined
  /** Memory that was sent before the binding side started to listen. */
  readonly early: Piece[] = []

  #channel: BroadcastChannel | undefined
  readonly #pieces = new Pieces()

  /** @param peer The thread of the other end; `undefined` while no thread was asked. */
  constructor(
    private readonly host: LineHost,
    private readonly side: Side,
    readonly name: string,
    public peer: number | undefined,
    readonly shared: SharedPipe,
  ) {}

  get key(): string {
    return keyOf(this.name, this.side)
  }

  listen(): void {
    const channel = new BroadcastChannel(`${KEY}.${this.name}`)
    channel.onmessage = (event: unknown) => {
      const word = parseLineWord((event as { data: unknown }).data)
      if (word !== undefined) this.#hear(word)
    }
    channel.unref()
    this.#channel = channel
    startListening(this.shared, this.side)
  }

  /** Stores memory that the other end has sent. */
  keep(piece: Piece): void {
    this.#pieces.keep(piece)
  }

  /** Stores memory that the other end has sent, and notifies the pipe. */
  arrived(piece: Piece): void {
    this.keep(piece)
    this.pipe.arrived(piece[0])
  }

  // ThreadLine

  ring(): void {
    if (this.heard) this.#channel?.postMessage(0)
  }

  introduce(peer: Peer): void {
    this.#channel?.postMessage({ ...peer, routingId: Uint8Array.from(peer.routingId) })
  }

  send(memory: SharedArrayBuffer): number {
    const piece = this.#pieces.number(memory)
    if (this.heard) this.#channel?.postMessage(piece)
    else {
      this.early.push(piece)
      if (this.peer !== undefined) this.host.sendPiece(this.peer, this.name, piece)
    }
    return piece[0]
  }

  /** Whether memory has arrived. If the runtime allows, checks the channel instead of waiting for the event loop. */
  has(id: number): boolean {
    if (!this.#pieces.has(id)) this.#look()
    return this.#pieces.has(id)
  }

  take(id: number): SharedArrayBuffer {
    return this.#pieces.take(id)
  }

  close(): void {
    this.#channel?.close()
    this.#channel = undefined
    this.host.forget(this)
  }

  /** Whether the other end listens to the line. */
  get heard(): boolean {
    return listens(this.shared, this.side === 0 ? 1 : 0)
  }

  #hear(word: LineWord): void {
    if (word === 0) this.pipe.wake()
    else if (isPiece(word)) this.arrived(word)
    else {
      this.request = undefined
      this.early.length = 0
      this.pipe.accept(asPeer(word))
    }
  }

  /** Delivers memory that has arrived and was not delivered yet, which was sent before the record that needs it. */
  #look(): void {
    for (let next = fetch(this.#channel); next !== undefined; next = fetch(this.#channel)) {
      const word = parseLineWord(next.message)
      if (word === undefined) continue
      if (word !== 0 && isPiece(word)) this.keep(word)
      else {
        this.host.runtime.afterMicrotasks(() => {
          this.#hear(word)
        })
      }
    }
    this.host.look()
  }
}

export function keyOf(name: string, side: Side): string {
  return `${name}/${side}`
}

function isPiece(word: Piece | Peer): word is Piece {
  return Array.isArray(word)
}

/** Restores the frame type, which structured cloning loses. */
export function asPeer({ socketType, routingId }: Peer): Peer {
  return { socketType, routingId: asFrame(routingId) }
}

/**
 * Receives the next message queued in `channel` synchronously; `undefined` if there is none. Only Node supports this;
 * elsewhere, messages are delivered by the event loop.
 */
export function fetch(channel: BroadcastChannel | undefined): { readonly message: unknown } | undefined {
  if (channel === undefined) return undefined
  try {
    return receiveMessageOnPort(channel as unknown as MessagePort)
  } catch {
    return undefined
  }
}

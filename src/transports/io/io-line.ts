import { copyAlone } from "../../zmtp/bytes.js"
import type { Peer } from "../../zmtp/peer.js"
import { OWN_MEMORY, TRANSFERRED } from "../threads/shared-queue.js"
import type { ThreadLine, ThreadPipe } from "../threads/thread-pipe.js"
import { Pieces, type Piece } from "../threads/pieces.js"
import type { PipeNote } from "./io-note.js"

/** The part of a thread that lines use: posting notes, and waking the other end of a pipe. */
export interface LinePort {
  /** @param memory Memory in the note that is transferred. */
  post(note: PipeNote, memory?: ArrayBuffer): void
  ring(pipe: number): void
  /** Sends posted notes immediately. */
  flush(): void
}

/**
 * The methods that differ between the sides of a pipe. Only the session's end announces peers, and only the socket's
 * end discards messages and expels peers.
 */
export interface LineEvents {
  introduce?(peer: Peer): void
  withdraw?(): void
  discard?(count: number): void
  expel?(reason: Error): void
  /** This end is closed. Later notes about the pipe are ignored. */
  closed(): void
}

/** The line of a pipe between a socket and a session in an I/O thread. All lines of an I/O thread share its port. */
export class IoLine implements ThreadLine {
  pipe!: ThreadPipe
  readonly ownMemory: number
  readonly #pieces = new Pieces<ArrayBufferLike>()

  constructor(
    readonly id: number,
    private readonly port: LinePort,
    private readonly events: LineEvents,
    /** Whether sent frames belong to this end, so their memory can be transferred without a copy. */
    private readonly ownsFrames: boolean,
  ) {
    this.ownMemory = ownsFrames ? TRANSFERRED : OWN_MEMORY
  }

  ring(): void {
    this.port.ring(this.id)
  }

  introduce(peer: Peer): void {
    this.events.introduce?.(peer)
  }

  withdraw(): void {
    this.events.withdraw?.()
  }

  discard(count: number): void {
    this.events.discard?.(count)
  }

  expel(reason: Error): void {
    this.events.expel?.(reason)
  }

  /** Sent immediately, because the queue references the memory next, and this thread may end right after that. */
  send(memory: SharedArrayBuffer): number {
    const piece = this.#pieces.number(memory)
    this.port.post({ kind: "piece", pipe: this.id, piece })
    this.port.flush()
    return piece[0]
  }

  /**
   * Sent with all notes of a turn. If this thread ends before that, the application has lost either the socket or, with an
   * event, the connection.
   */
  transfer(frame: Uint8Array): number {
    const whole = this.ownsFrames && frame.length === frame.buffer.byteLength
    const memory = (whole ? frame : copyAlone(frame)).buffer as ArrayBuffer
    const piece = this.#pieces.number(memory)
    this.port.post({ kind: "piece", pipe: this.id, piece }, memory)
    return piece[0]
  }

  has(id: number): boolean {
    return this.#pieces.has(id)
  }

  take(id: number): ArrayBufferLike {
    return this.#pieces.take(id)
  }

  close(): void {
    this.events.closed()
  }

  /** Stores memory that the other end has sent. */
  arrived(piece: Piece<ArrayBufferLike>): void {
    this.#pieces.keep(piece)
    this.pipe.arrived(piece[0])
  }
}

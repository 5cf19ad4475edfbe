// Byte streams over Node's sockets, for tcp, ipc, and ws, and the resolution of names and addresses.

import type { Socket } from "node:net"
import { clearTimeout, setTimeout } from "node:timers"
import type { ByteStream, ByteStreamOwner } from "../../core/connection/byte-stream.js"
import { allocate, allocateSlab, copy, withLengths, type Frame } from "../../zmtp/bytes.js"
import { overBytes } from "../../zmtp/over-bytes.js"
import { ignoringOwner } from "../stream/ignoring-owner.js"
import { CLOSE_TIMEOUT, WRITE_BUFFER } from "../stream/stream-limits.js"
import { destroySocket } from "./destroy-socket.js"
import { progressOf, type Progress } from "./progress.js"

/** Maximum number of bytes per read, except for large bodies. */
const READ_SIZE = 64 * 1024

/** After a large body, only the header of the next frame is read, so that the next body can be read in place. */
const SMALL_READ = 512

/** Buffer that all connections with little traffic share, so that idle connections need no memory. */
const shared = allocateSlab(READ_SIZE)
const sharedHead = shared.subarray(0, SMALL_READ)

/** A `ByteStream` over a `net.Socket`. It never keeps the process alive; pending operations do. */
export class NetStream implements ByteStream {
  readonly protocol = overBytes
  readonly #socket: Socket
  #owner: ByteStreamOwner | undefined
  #error: Error | undefined
  #target = shared
  #filled = 0
  /**
   * Pieces to write after the system has accepted the current ones, with their lengths at the time of `write`. The
   * socket would not notice that the application has transferred their memory, and the peer would then read the next
   * frame as part of this one.
   */
  #waiting: Uint8Array[] = []
  readonly #lengths: number[] = []
  #waitingBytes = 0
  /** Whether to call `drained` when there is room. */
  #full = false
  /** Called when no pieces are waiting. */
  #ending: (() => void) | undefined

  constructor(
    socket: Socket,
    readonly peerAddress: string,
  ) {
    this.#socket = socket
  }

  start(owner: ByteStreamOwner): void {
    const socket = this.#socket
    this.#owner = owner
    if (!this.#readDirectly(socket)) socket.on("data", (chunk: Buffer) => this.#owner?.data(chunk))
    socket.unref()
    socket.on("drain", this.#drained)
    socket.on("error", (error) => (this.#error = error))
    // ZMTP has no half-open connections: a peer that sends no more has disconnected.
    socket.on("end", this.#close)
    socket.on("close", this.#close)
  }

  get flushed(): boolean {
    return this.#waiting.length === 0 && this.#socket.writableLength === 0
  }

  get progress(): Progress {
    const { taken, waiting } = progressOf(this.#socket)
    return { taken, waiting: waiting + this.#waitingBytes }
  }

  write(pieces: readonly Uint8Array[], borrowed = true): boolean {
    const socket = this.#socket
    if (this.#waiting.length === 0) {
      if (!borrowed || socket.writableLength === 0) {
        this.#hand(pieces)
        this.#full = socket.writableNeedDrain
        return !this.#full
      }
      // Make the socket emit `drain` when everything is written, which it otherwise does only for large amounts.
      ;(socket as unknown as Insides)._writableState.needDrain = true
    }
    for (const piece of pieces) {
      this.#waiting.push(piece)
      this.#lengths.push(piece.length)
      this.#waitingBytes += piece.length
    }
    this.#full = socket.writableLength + this.#waitingBytes >= WRITE_BUFFER
    return !this.#full
  }

  /** Passes `pieces` to the socket. If it has nothing else to write, the system accepts them immediately. */
  #hand(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket
    if (pieces.length === 1) {
      socket.write(pieces[0]!)
      return
    }
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
  }

  readonly #drained = (): void => {
    if (this.#waiting.length > 0) {
      const pieces = withLengths(this.#waiting, this.#lengths)
      this.#waiting = []
      this.#lengths.length = this.#waitingBytes = 0
      this.#hand(pieces)
      this.#ending?.()
    }
    if (!this.#full || this.#socket.writableNeedDrain) return
    this.#full = false
    this.#owner?.drained()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(sent: () => void): void {
    const socket = this.#socket
    this.#owner = ignoringOwner(sent)
    const end = (): void => {
      socket.end(() => {
        this.#close()
        const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT)
        timer.unref()
        socket.once("close", () => {
          clearTimeout(timer)
        })
      })
    }
    if (this.#waiting.length > 0) this.#ending = end
    else end()
    // Read and drop further data, because closing with unread data would discard what was sent.
    socket.resume()
  }

  destroy(): void {
    const socket = this.#socket
    this.#owner = undefined
    destroySocket(socket)
  }

  readonly #close = (): void => {
    const owner = this.#owner
    this.#owner = undefined
    owner?.closed(this.#error)
  }

  /**
   * Memory for the next read: the body that the bytes belong to, or a chunk of its own for a connection with continuous
   * traffic.
   */
  readonly #nextTarget = (): Frame => {
    const before = this.#target
    try {
      const room = this.#owner?.requestRoom()
      if (room !== undefined) this.#target = room
      else if (before !== shared && before.length !== READ_SIZE && before !== sharedHead) this.#target = sharedHead
      else this.#target = this.#filled === before.length ? allocate(READ_SIZE) : shared
    } catch (error) {
      this.#target = shared
      this.#socket.destroy(error as Error)
    }
    return this.#target
  }

  /** Handles a read. Returns true, because returning false would stop reading. */
  readonly #read = (length: number): boolean => {
    const target = this.#target
    this.#filled = length
    let chunk = target.subarray(0, length)
    try {
      if (target === shared || target === sharedHead) chunk = copy(chunk)
    } catch (error) {
      this.#socket.destroy(error as Error)
      return true
    }
    this.#owner?.data(chunk)
    return true
  }

  /**
   * Makes `socket` read into our memory and bypass the stream machinery (`onread`). Node supports this only when a
   * socket is created, and servers create their own sockets, but the internal state can be changed later. Returns
   * false, without changes, if that is not possible.
   */
  #readDirectly(socket: Socket): boolean {
    const slots = (slotsOfSockets ??= findSlots(socket))
    const { _handle: handle, _writableState: state } = socket as unknown as Insides
    if (slots === undefined || socket.bytesRead > 0 || typeof handle?.useUserBuffer !== "function") return false
    const buffer = this.#nextTarget()
    Object.assign(socket, {
      [slots.kBuffer]: buffer,
      [slots.kBufferCb]: this.#read,
      [slots.kBufferGen]: this.#nextTarget,
    })
    handle.useUserBuffer(buffer)
    state.highWaterMark = WRITE_BUFFER
    return true
  }
}

/** The internal handle of a socket. */
interface Handle {
  useUserBuffer?: (buffer: Uint8Array) => void
}

interface Insides {
  readonly _handle: Handle | null
  readonly _writableState: { highWaterMark: number; needDrain: boolean }
}

/** Symbols under which sockets store the option `onread`. */
type Slots = Readonly<Record<"kBuffer" | "kBufferCb" | "kBufferGen", symbol>>

let slotsOfSockets: Slots | undefined

function findSlots(socket: Socket): Slots | undefined {
  const named = new Map(Object.getOwnPropertySymbols(socket).map((symbol) => [symbol.description, symbol]))
  const [kBuffer, kBufferCb, kBufferGen] = ["kBuffer", "kBufferCb", "kBufferGen"].map((name) => named.get(name))
  return kBuffer && kBufferCb && kBufferGen && { kBuffer, kBufferCb, kBufferGen }
}

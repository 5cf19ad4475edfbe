import type { Socket } from "node:net"
import { clearTimeout, setTimeout } from "node:timers"
import type { ByteStream, ByteStreamOwner } from "../../core/byte-stream.js"
import { allocate, allocateSlab, copy, withLengths, type Frame } from "../../zmtp/bytes.js"
import { progressOf, type Progress } from "./progress.js"
import { overBytes } from "../../zmtp/framing.js"

/** How long a connection that was closed in good order may take until the peer closes too, in ms. */
const GOODBYE = 1000

/** Bytes that one read may bring, unless a large body is on its way. */
const READ_SIZE = 64 * 1024

/** After a large body only the header of the next is wanted, whose body can then be read to where it belongs. */
const SMALL_READ = 512

/** Bytes that may wait in a socket for the system to take them. */
const WRITE_BUFFER = 256 * 1024

/** What all connections read into that have little to say: they need no memory of their own while they are idle. */
const shared = allocateSlab(READ_SIZE)
const sharedHead = shared.subarray(0, SMALL_READ)

/** A `net.Socket` as the core sees it. It never keeps the process alive: pending operations do. */
export class NetStream implements ByteStream {
  readonly protocol = overBytes
  readonly #socket: Socket
  #owner: ByteStreamOwner | undefined
  #error: Error | undefined
  #target = shared
  #filled = 0
  /**
   * What waits until the system has taken what the socket was given, with the lengths that it was written with: the socket
   * would not see that memory of the application is gone, and the peer would take the next frame for what is missing.
   */
  #waiting: Uint8Array[] = []
  readonly #lengths: number[] = []
  #waitingBytes = 0
  /** `drained` is due. */
  #full = false
  /** What is to be done once nothing waits here. */
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
    // There is no half-open connection in ZMTP: a peer that sends no more is gone.
    socket.on("end", this.#close)
    socket.on("close", this.#close)
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
      // It emits `drain` when the system has taken all that it has; otherwise only if that is much.
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

  /** Gives `pieces` to the socket. Where it has nothing else to write, the system has them from now on. */
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
    this.#owner = { ...DEAF, closed: sent }
    const end = (): void => {
      socket.end(() => {
        this.#close()
        const timer = setTimeout(() => socket.destroy(), GOODBYE)
        timer.unref()
        socket.once("close", () => {
          clearTimeout(timer)
        })
      })
    }
    if (this.#waiting.length > 0) this.#ending = end
    else end()
    // What still comes is not wanted, but closing without having read it would take back what was sent.
    socket.resume()
  }

  destroy(): void {
    const socket = this.#socket
    this.#owner = undefined
    // Deno never frees a local socket that is destroyed while it is being shut down.
    if (socket.writableEnded && socket.writableLength === 0) socket.destroySoon()
    else socket.destroy()
  }

  readonly #close = (): void => {
    const owner = this.#owner
    this.#owner = undefined
    owner?.closed(this.#error)
  }

  /** Where the next bytes go: to the body that they belong to, or a stream in full flow fills memory of its own. */
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

  /** Returns false to stop reading, which `pause` has done already. */
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
   * Has `socket` read into given memory and past the machinery of streams. That can only be told when a socket is made,
   * and a server makes its own; but what is told then is kept where it can be found. False, and nothing is changed, where
   * it cannot.
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

/** Wants nothing any more. */
const DEAF = { requestRoom: () => undefined, data: () => undefined, alive: () => undefined, drained: () => undefined }

/** What is beneath a socket. */
interface Handle {
  useUserBuffer?: (buffer: Uint8Array) => void
}

interface Insides {
  readonly _handle: Handle | null
  readonly _writableState: { highWaterMark: number; needDrain: boolean }
}

/** Where sockets keep the option `onread`. */
type Slots = Readonly<Record<"kBuffer" | "kBufferCb" | "kBufferGen", symbol>>

let slotsOfSockets: Slots | undefined

function findSlots(socket: Socket): Slots | undefined {
  const named = new Map(Object.getOwnPropertySymbols(socket).map((symbol) => [symbol.description, symbol]))
  const [kBuffer, kBufferCb, kBufferGen] = ["kBuffer", "kBufferCb", "kBufferGen"].map((name) => named.get(name))
  return kBuffer && kBufferCb && kBufferGen && { kBuffer, kBufferCb, kBufferGen }
}

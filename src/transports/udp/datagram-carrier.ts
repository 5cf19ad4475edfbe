import type { RemoteInfo, Socket } from "node:dgram"
import { LocalPipe } from "../../core/pipe/local-pipe.js"
import type { Pipe, PipeOwner } from "../../core/pipe/pipe.js"
import type { SessionPipe, Sink } from "../../core/pipe/session-pipe.js"
import { encodeText, retain, type Frame, type Multipart } from "../../zmtp/bytes.js"
import { decodeDatagram, parseDatagramAddress, type DatagramAddress } from "../../zmtp/frames/datagram.js"
import { CAPABILITIES } from "../capabilities.js"
import type { TransportHost } from "../transport.js"

/** Maximum number of pending sends. */
const MAX_UNSENT = CAPABILITIES.ordersDatagrams ? 128 : 1

/** Converts messages to and from datagrams. */
export interface Format {
  /** Returns `undefined` for a message that is not sent. */
  encode(message: Multipart): readonly [datagram: Frame, to: DatagramAddress] | undefined
  /** Returns `undefined` for a datagram that is not a message. */
  decode(datagram: Frame, from: RemoteInfo): Multipart | undefined
}

/** The format of DISH. Groups are filtered by the socket, because senders do not know which groups it has joined. */
export const GROUPED: Format = {
  encode: () => undefined,
  decode: decodeDatagram,
}

/** The format of DGRAM. */
export const ADDRESSED: Format = {
  encode([address, datagram]) {
    const to = parseDatagramAddress(address!)
    if (to === undefined) return undefined
    // The system reads it later if it has to look up a name first, or if its buffer is full.
    const [kept] = retain([datagram!])
    return [kept!, to]
  },
  decode: (datagram, { address, port, family }) => [
    encodeText(`${family === "IPv6" ? `[${address}]` : address}:${port}`),
    datagram,
  ],
}

/** Passes messages between a pipe and a UDP socket. Messages are dropped when the pipe or the system has no room. */
export class DatagramCarrier implements PipeOwner, Sink {
  /** Resolves when the UDP socket is closed. */
  readonly closed: Promise<void>
  readonly near: Pipe
  readonly far: SessionPipe
  #socket: Socket | undefined
  #unsent = 0
  #ending = false
  #settleClosed: () => void = () => undefined

  /** @throws ZmqError EINVAL if the socket does not accept the pipe. */
  constructor(
    private readonly format: Format,
    host: TransportHost,
    private readonly ended: () => void = () => undefined,
  ) {
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve))
    ;[this.near, this.far] = LocalPipe.pair(host, host.pipeOptions(), this)
    this.far.sink = this
    host.attach(this.near)
  }

  get sending(): boolean {
    return this.#socket !== undefined && this.#unsent < MAX_UNSENT
  }

  open(socket: Socket): void {
    this.#socket = socket
    socket.unref()
    socket.on("message", (datagram, from) => {
      const message = this.format.decode(datagram, from)
      if (message !== undefined) this.far.send(message)
    })
    this.#flush()
    if (this.#ending) this.#settle()
  }

  /**
   * Ends the carrier, because the socket has closed its end of the pipe. Queued messages are sent unless `linger` is 0.
   */
  end(linger: number): void {
    this.#ending = true
    if (linger === 0) this.abandon()
    else this.#settle()
  }

  /** Closes immediately. Messages that were not sent are lost. */
  abandon(): void {
    this.#ending = true
    this.far.close()
    this.#unsent = 0
    this.#settle()
    if (this.#socket === undefined) this.#settleClosed()
  }

  // Sink

  accept(message: Multipart): boolean {
    if (!this.sending) return false
    this.#send(message)
    return true
  }

  // PipeOwner

  readActivated(): void {
    this.#flush()
  }

  pipeTerminated(): void {
    this.#ending = true
    this.#settle()
    this.ended()
  }

  peerReady(): void {
    // A socket is always ready.
  }

  writeActivated(): void {
    // Datagrams that arrive while the socket is full are lost.
  }

  #send(message: Multipart): void {
    const datagram = this.format.encode(message)
    if (datagram === undefined) return
    const [bytes, { host, port }] = datagram
    this.#unsent++
    this.#socket!.send(bytes, port, host, this.#sent)
  }

  /** A send has completed or failed. The result is ignored, because UDP gives no guarantees anyway. */
  readonly #sent = (): void => {
    this.#unsent--
    this.#flush()
    if (this.#ending) this.#settle()
  }

  #flush(): void {
    while (this.sending) {
      const message = this.far.receive()
      if (message === undefined) return
      this.#send(message)
    }
  }

  /** Closes the socket when everything is sent. Keeps the process alive until then. */
  #settle(): void {
    const socket = this.#socket
    if (socket === undefined) return
    if (this.#unsent > 0 || this.far.readable) {
      socket.ref()
      return
    }
    this.#socket = undefined
    this.far.close()
    socket.close(() => {
      this.#settleClosed()
    })
  }
}

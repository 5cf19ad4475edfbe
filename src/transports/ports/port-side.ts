import type { PipeLimits } from "../../core/pipe/pipe-limits.js"
import type { Peer } from "../../zmtp/peer.js"
import { sendHello, type Inproc } from "../inproc/inproc.js"
import { Line } from "./port-line.js"
import { PortPipe } from "./port-pipe.js"
import { isMarked, marked, MAX_NAME, MAX_NAMES, parsePortMessage, type PortMessage } from "./port-message.js"

/** The part of a MessagePort that is used. A Worker, and `self` in a worker, have it, too. */
export interface AnyPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
  removeEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void
  start?(): void
  close?(): void
}

/** The part of a linked context that a side of a port uses. */
export interface SideHost {
  readonly inproc: Inproc
  /** The other side has bound `name`. */
  nameBound(name: string): void
  /** Routes `line` to the socket that has bound its name now, or keeps it until one has. */
  route(line: Line): void
  /** The port is closed. */
  sideEnded(side: PortSide): void
}

/** A message about one pipe. */
type PipeMessage = Exclude<PortMessage, readonly ["names" | "bound" | "released" | "open" | "left", ...unknown[]]>

/** This side of one port. */
export class PortSide {
  /** Names that are bound on the other side. */
  readonly names = new Set<string>()
  readonly #opened = new Map<number, Line>()
  readonly #accepted = new Map<number, Line>()
  #pipes = 0
  #left = false
  /** Messages that are sent when `start` is called. */
  #unsent: [message: PortMessage, transfer: ArrayBuffer[]][] | undefined = []

  constructor(
    private readonly host: SideHost,
    private readonly port: AnyPort,
  ) {}

  listen(): void {
    const { port } = this
    port.addEventListener("message", this.#onMessage)
    port.addEventListener("close", this.#lost)
    port.start?.()
  }

  /**
   * Sends queued messages. Until then, the other side must not know about this one, because it could not detect its
   * end.
   */
  start(): void {
    const unsent = this.#unsent ?? []
    this.#unsent = undefined
    for (const [message, transfer] of unsent) this.post(message, transfer)
  }

  post(message: PortMessage, transfer: ArrayBuffer[] = []): void {
    if (this.#left) return
    if (this.#unsent === undefined) this.port.postMessage(marked(message), transfer)
    else this.#unsent.push([message, transfer])
  }

  sendNames(names: readonly string[]): void {
    this.post(["names", names.filter(isValidName)])
  }

  sendName(kind: "bound" | "released", name: string): void {
    if (isValidName(name)) this.post([kind, name])
  }

  /** Requests a pipe for `line` from the other side. */
  request(line: Line): void {
    const { address, self } = line.request!
    line.attach(this, true, this.#pipes++)
    this.#opened.set(line.number, line)
    this.post(["open", true, line.number, address, self, line.pipe.limits])
  }

  remove({ own, number }: Line): void {
    ;(own ? this.#opened : this.#accepted).delete(number)
  }

  leave(): void {
    this.start()
    for (const { pipe } of [...this.#opened.values(), ...this.#accepted.values()]) pipe.reportAll()
    this.post(["left"])
    this.#end()
    // `self` in a worker cannot be started, and closing it would terminate the worker.
    if (this.port.start !== undefined) this.port.close?.()
  }

  readonly #lost = (): void => {
    this.#end()
  }

  #end(): void {
    if (this.#left) return
    this.#left = true
    this.port.removeEventListener("message", this.#onMessage)
    this.port.removeEventListener("close", this.#lost)
    this.host.sideEnded(this)
    for (const line of [...this.#opened.values(), ...this.#accepted.values()]) {
      if (line.request === undefined) line.pipe.abandon()
      else this.#returnLine(line)
    }
  }

  /** Handles a message. An invalid or unexpected message ends the link. */
  readonly #onMessage = ({ data }: { readonly data?: unknown }): void => {
    if (!isMarked(data)) return
    const message = parsePortMessage(data)
    if (message === undefined || !this.#handle(message)) this.leave()
  }

  /** Returns false if the message is not allowed in the current state. */
  #handle(message: PortMessage): boolean {
    switch (message[0]) {
      case "names":
        return message[1].every((name) => this.#addName(name))
      case "bound":
        return this.#addName(message[1])
      case "released":
        this.names.delete(message[1])
        return true
      case "open":
        return this.#accept(message[2], message[3], message[4], message[5])
      case "left":
        this.#end()
        return true
      default:
        return this.#handlePipe(message)
    }
  }

  #addName(name: string): boolean {
    if (this.names.size >= MAX_NAMES) return false
    this.names.add(name)
    this.host.nameBound(name)
    return true
  }

  #handlePipe(message: PipeMessage): boolean {
    const line = (message[1] ? this.#accepted : this.#opened).get(message[2])
    // The pipe may just have ended on this side.
    if (line === undefined) return true
    return line.request === undefined
      ? this.#handleAccepted(line, message)
      : this.#handleReply(line, line.request.address, message)
  }

  /** Handles the reply to a request. */
  #handleReply(line: Line, address: string, message: PipeMessage): boolean {
    switch (message[0]) {
      case "accepted":
        line.request = undefined
        line.pipe.accepted(message[3], message[4])
        return true
      case "refused":
        this.names.delete(address)
        this.#returnLine(line)
        return true
      default:
        return false
    }
  }

  /** Handles a message on an accepted pipe. */
  #handleAccepted(line: Line, message: PipeMessage): boolean {
    const { pipe } = line
    switch (message[0]) {
      case "message":
        pipe.take(message[3])
        return true
      case "acknowledged":
        return pipe.acknowledged(message[3])
      case "limits":
        pipe.setRemoteLimits(message[3])
        return true
      case "end":
        this.remove(line)
        pipe.abandon()
        return true
      default:
        return false
    }
  }

  /** Returns a line that was refused to the host. */
  #returnLine(line: Line): void {
    this.remove(line)
    line.side = undefined
    this.host.route(line)
  }

  #accept(number: number, address: string, self: Peer, limits: PipeLimits): boolean {
    if (this.#accepted.has(number)) return false
    const host = this.host.inproc.binder(address)
    if (host === undefined) {
      this.post(["refused", false, number])
      return true
    }
    const line = new Line(() => undefined)
    line.attach(this, false, number)
    const pipe = new PortPipe(host, host.pipeOptions(), line)
    line.pipe = pipe
    this.#accepted.set(number, line)
    // Announce the peer before any message.
    pipe.announcePeer(host.self)
    host.attach(pipe)
    sendHello(pipe, host)
    pipe.accepted(self, limits)
    return true
  }
}

function isValidName(name: string): boolean {
  return name.length <= MAX_NAME
}

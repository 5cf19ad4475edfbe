import type { PipeLimits } from "../../core/pipe.js"
import type { Peer } from "../../zmtp/peer.js"
import { greet, type Inproc } from "../inproc/inproc.js"
import { Line } from "./port-line.js"
import { PortPipe } from "./port-pipe.js"
import { isMarked, marked, MAX_NAME, MAX_NAMES, parsePortMessage, type PortMessage } from "./port-message.js"

/** What is used of a MessagePort; a Worker, and what a worker calls `self`, have it too. */
export interface AnyPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void
  removeEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void
  start?(): void
  close?(): void
}

/** What a side of a port needs of the context that is joined to it. */
export interface SideHost {
  readonly inproc: Inproc
  /** The other side has bound `name`. */
  offered(name: string): void
  /** `line` goes to whoever has bound its name now, or waits for somebody. */
  place(line: Line): void
  /** Nothing goes through the port any more. */
  sideEnded(side: PortSide): void
}

/** A message about one pipe. */
type PipeMessage = Exclude<PortMessage, readonly ["names" | "bound" | "released" | "open" | "left", ...unknown[]]>

/** This side of one port. */
export class PortSide {
  /** What is bound at the other side. */
  readonly names = new Set<string>()
  readonly #opened = new Map<number, Line>()
  readonly #accepted = new Map<number, Line>()
  #pipes = 0
  #left = false
  /** What is said once this side may speak. */
  #unsaid: [message: PortMessage, transfer: ArrayBuffer[]][] | undefined = []

  constructor(
    private readonly host: SideHost,
    private readonly port: AnyPort,
  ) {}

  listen(): void {
    const { port } = this
    port.addEventListener("message", this.#heard)
    port.addEventListener("close", this.#lost)
    port.start?.()
  }

  /** Says what has waited. Until then the other side does not know of this one, which it could not see die. */
  speak(): void {
    const unsaid = this.#unsaid ?? []
    this.#unsaid = undefined
    for (const [message, transfer] of unsaid) this.post(message, transfer)
  }

  post(message: PortMessage, transfer: ArrayBuffer[] = []): void {
    if (this.#left) return
    if (this.#unsaid === undefined) this.port.postMessage(marked(message), transfer)
    else this.#unsaid.push([message, transfer])
  }

  tellNames(names: readonly string[]): void {
    this.post(["names", names.filter(isTellable)])
  }

  tellName(kind: "bound" | "released", name: string): void {
    if (isTellable(name)) this.post([kind, name])
  }

  /** Asks the other side to take the other end of `line`. */
  ask(line: Line): void {
    const { address, self } = line.request!
    line.enter(this, true, this.#pipes++)
    this.#opened.set(line.number, line)
    this.post(["open", true, line.number, address, self, line.pipe.limits])
  }

  forget({ own, number }: Line): void {
    ;(own ? this.#opened : this.#accepted).delete(number)
  }

  leave(): void {
    this.speak()
    for (const { pipe } of [...this.#opened.values(), ...this.#accepted.values()]) pipe.tellAll()
    this.post(["left"])
    this.#end()
    // What a worker calls `self` is nothing to start, and would close the worker.
    if (this.port.start !== undefined) this.port.close?.()
  }

  readonly #lost = (): void => {
    this.#end()
  }

  #end(): void {
    if (this.#left) return
    this.#left = true
    this.port.removeEventListener("message", this.#heard)
    this.port.removeEventListener("close", this.#lost)
    this.host.sideEnded(this)
    for (const line of [...this.#opened.values(), ...this.#accepted.values()]) {
      if (line.request === undefined) line.pipe.abandon()
      else this.#giveBack(line)
    }
  }

  /** Whoever says what is no message, or has no place, is not listened to any more. */
  readonly #heard = ({ data }: { readonly data?: unknown }): void => {
    if (!isMarked(data)) return
    const message = parsePortMessage(data)
    if (message === undefined || !this.#hear(message)) this.leave()
  }

  /** False when the message has no place here. */
  #hear(message: PortMessage): boolean {
    switch (message[0]) {
      case "names":
        return message[1].every((name) => this.#offered(name))
      case "bound":
        return this.#offered(message[1])
      case "released":
        this.names.delete(message[1])
        return true
      case "open":
        return this.#accept(message[2], message[3], message[4], message[5])
      case "left":
        this.#end()
        return true
      default:
        return this.#hearOfPipe(message)
    }
  }

  #offered(name: string): boolean {
    if (this.names.size >= MAX_NAMES) return false
    this.names.add(name)
    this.host.offered(name)
    return true
  }

  #hearOfPipe(message: PipeMessage): boolean {
    const line = (message[1] ? this.#accepted : this.#opened).get(message[2])
    // It may just have ended here.
    if (line === undefined) return true
    return line.request === undefined
      ? this.#hearOfAccepted(line, message)
      : this.#hearAnswer(line, line.request.address, message)
  }

  /** What comes first of a pipe that was asked for. */
  #hearAnswer(line: Line, address: string, message: PipeMessage): boolean {
    switch (message[0]) {
      case "accepted":
        line.request = undefined
        line.pipe.accepted(message[3], message[4])
        return true
      case "refused":
        this.names.delete(address)
        this.#giveBack(line)
        return true
      default:
        return false
    }
  }

  /** What comes when both ends have met. */
  #hearOfAccepted(line: Line, message: PipeMessage): boolean {
    const { pipe } = line
    switch (message[0]) {
      case "message":
        pipe.take(message[3])
        return true
      case "acknowledged":
        return pipe.acknowledged(message[3])
      case "limits":
        pipe.agree(message[3])
        return true
      case "end":
        this.forget(line)
        pipe.abandon()
        return true
      default:
        return false
    }
  }

  /** Nobody takes `line` here. */
  #giveBack(line: Line): void {
    this.forget(line)
    line.side = undefined
    this.host.place(line)
  }

  #accept(number: number, address: string, self: Peer, limits: PipeLimits): boolean {
    if (this.#accepted.has(number)) return false
    const host = this.host.inproc.binder(address)
    if (host === undefined) {
      this.post(["refused", false, number])
      return true
    }
    const line = new Line(() => undefined)
    line.enter(this, false, number)
    const pipe = new PortPipe(host, host.pipeOptions(), line)
    line.pipe = pipe
    this.#accepted.set(number, line)
    // The other end learns who is here before it hears of a message.
    pipe.announcePeer(host.self)
    host.attach(pipe)
    greet(pipe, host)
    pipe.accepted(self, limits)
    return true
  }
}

function isTellable(name: string): boolean {
  return name.length <= MAX_NAME
}

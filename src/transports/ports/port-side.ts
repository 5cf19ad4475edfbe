import type { PipeLimits } from "../../core/pipe.js"
import type { Peer } from "../../zmtp/peer.js"
import { greet, type Inproc } from "../inproc/inproc.js"
import { Line } from "./port-line.js"
import { PortPipe } from "./port-pipe.js"
import { isMarked, marked, MAX_NAME, MAX_NAMES, parseWord, type Word } from "./port-message.js"

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

/** A word about one pipe. */
type PipeWord = Exclude<Word, readonly ["names" | "bound" | "released" | "open" | "left", ...unknown[]]>

/** This side of one port. */
export class PortSide {
  /** What is bound at the other side. */
  readonly names = new Set<string>()
  readonly #opened = new Map<number, Line>()
  readonly #accepted = new Map<number, Line>()
  #pipes = 0
  #left = false

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

  say(word: Word, transfer: ArrayBuffer[] = []): void {
    if (!this.#left) this.port.postMessage(marked(word), transfer)
  }

  tellNames(names: readonly string[]): void {
    this.say(["names", names.filter(isTellable)])
  }

  tellName(kind: "bound" | "released", name: string): void {
    if (isTellable(name)) this.say([kind, name])
  }

  /** Asks the other side to take the other end of `line`. */
  ask(line: Line): void {
    const { address, self } = line.request!
    line.enter(this, true, this.#pipes++)
    this.#opened.set(line.number, line)
    this.say(["open", true, line.number, address, self, line.pipe.limits])
  }

  forget({ own, number }: Line): void {
    ;(own ? this.#opened : this.#accepted).delete(number)
  }

  leave(): void {
    this.say(["left"])
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

  /** Whoever says what is no word, or has no place, is not listened to any more. */
  readonly #heard = ({ data }: { readonly data?: unknown }): void => {
    if (!isMarked(data)) return
    const word = parseWord(data)
    if (word === undefined || !this.#hear(word)) this.leave()
  }

  /** False when the word has no place here. */
  #hear(word: Word): boolean {
    switch (word[0]) {
      case "names":
        return word[1].every((name) => this.#offered(name))
      case "bound":
        return this.#offered(word[1])
      case "released":
        this.names.delete(word[1])
        return true
      case "open":
        return this.#accept(word[2], word[3], word[4], word[5])
      case "left":
        this.#end()
        return true
      default:
        return this.#hearOfPipe(word)
    }
  }

  #offered(name: string): boolean {
    if (this.names.size >= MAX_NAMES) return false
    this.names.add(name)
    this.host.offered(name)
    return true
  }

  #hearOfPipe(word: PipeWord): boolean {
    const line = (word[1] ? this.#accepted : this.#opened).get(word[2])
    // It may just have ended here.
    if (line === undefined) return true
    return line.request === undefined ? this.#hearOfMet(line, word) : this.#hearAnswer(line, line.request.address, word)
  }

  /** What comes first of a pipe that was asked for. */
  #hearAnswer(line: Line, address: string, word: PipeWord): boolean {
    switch (word[0]) {
      case "met":
        line.request = undefined
        line.pipe.meet(word[3], word[4])
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
  #hearOfMet(line: Line, word: PipeWord): boolean {
    const { pipe } = line
    switch (word[0]) {
      case "message":
        pipe.take(word[3])
        return true
      case "took":
        return pipe.taken(word[3])
      case "terms":
        pipe.agree(word[3])
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

  #accept(number: number, address: string, self: Peer, terms: PipeLimits): boolean {
    if (this.#accepted.has(number)) return false
    const host = this.host.inproc.binder(address)
    if (host === undefined) {
      this.say(["refused", false, number])
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
    pipe.meet(self, terms)
    return true
  }
}

function isTellable(name: string): boolean {
  return name.length <= MAX_NAME
}

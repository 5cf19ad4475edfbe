import type { PipeEndOptions, PipeOwner } from "../core/pipe.js"
import type { Peer } from "../zmtp/peer.js"
import { greet, type Beyond, type Inproc } from "./inproc.js"
import { PortPipe, type PortLine, type Terms } from "./port-pipe.js"
import { isWord, MAX_NAME, type Word } from "./port-word.js"

/** What is used of a MessagePort; a Worker, and what a worker calls `self`, have it too. */
export interface AnyPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void
  removeEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void
  start?(): void
  close?(): void
}

/** By this, words are told from what else may come through a port. */
const MARK = "zmtp.port.1"

/** Most names that may be bound beyond a port. */
export const MAX_NAMES = 65_536

/** Most pipes that the other side of a port may open; what is past them waits as if nobody had bound the name. */
export const MAX_PIPES = 16_384

/** The ports that a context is joined to, as a place beyond it. Names are known to both sides of a port, not past it. */
export class Ports implements Beyond {
  readonly #sides = new Set<PortSide>()
  /** Pipes whose name nobody has bound any more; somebody may again. */
  readonly #waiting = new Set<Line>()
  #loop: PortSide | undefined

  constructor(readonly inproc: Inproc) {}

  /** Returns what ends it. */
  join(port: AnyPort): () => void {
    const side = new PortSide(this, port)
    this.#sides.add(side)
    side.begin()
    return () => {
      side.leave()
    }
  }

  forget(side: PortSide): void {
    this.#sides.delete(side)
  }

  /** The other side has bound `address`. */
  offered(address: string): void {
    this.inproc.offered(address)
    this.#settle(address)
  }

  /** `line` goes to whoever has bound its name now, or waits for somebody. */
  place(line: Line): void {
    const { address } = line.request!
    const side = this.inproc.binder(address) === undefined ? this.#holder(address) : this.#self
    if (side === undefined) this.#waiting.add(line)
    else side.ask(line)
  }

  /** Nobody is left at this end of `line`. */
  drop(line: Line): void {
    this.#waiting.delete(line)
  }

  // Beyond

  ready(): undefined {
    return undefined
  }

  claim(address: string): boolean {
    return !this.isBound(address)
  }

  announce(address: string): void {
    for (const side of this.#sides) side.tellName("bound", address)
    this.#settle(address)
  }

  release(address: string): void {
    for (const side of this.#sides) side.tellName("released", address)
  }

  isBound(address: string): boolean {
    return this.#holder(address) !== undefined
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): PortPipe | undefined {
    const side = this.#holder(address)
    if (side === undefined) return undefined
    const line = new Line(this)
    line.pipe = new PortPipe(owner, options, line)
    line.request = { address, self: portable(self) }
    side.ask(line)
    return line.pipe
  }

  #holder(address: string): PortSide | undefined {
    for (const side of this.#sides) if (side.names.has(address)) return side
    return undefined
  }

  #settle(address: string): void {
    for (const line of this.#waiting) {
      if (line.request!.address !== address) continue
      this.#waiting.delete(line)
      this.place(line)
    }
  }

  /** A side whose other side is this context, too. */
  get #self(): PortSide {
    if (this.#loop !== undefined) return this.#loop
    const [near, far] = [new LoopPort(), new LoopPort()]
    near.twin = far
    far.twin = near
    this.#loop = new PortSide(this, near)
    this.#loop.listen()
    new PortSide(this, far).listen()
    return this.#loop
  }
}

/** This side of one port. */
class PortSide {
  /** What is bound at the other side. */
  readonly names = new Set<string>()
  readonly #opened = new Map<number, Line>()
  readonly #accepted = new Map<number, Line>()
  #pipes = 0
  #left = false

  constructor(
    private readonly ports: Ports,
    private readonly port: AnyPort,
  ) {}

  begin(): void {
    this.listen()
    this.say(["names", this.ports.inproc.names.filter(isTellable)])
  }

  listen(): void {
    const { port } = this
    port.addEventListener("message", this.#heard)
    port.addEventListener("close", this.#lost)
    port.start?.()
  }

  say(word: Word, transfer: ArrayBuffer[] = []): void {
    if (!this.#left) this.port.postMessage([MARK, ...word], transfer)
  }

  tellName(kind: "bound" | "released", name: string): void {
    if (isTellable(name)) this.say([kind, name])
  }

  /** Asks the other side to take the other end of `line`. */
  ask(line: Line): void {
    const { address, self } = line.request!
    line.begin(this, true, this.#pipes++)
    this.#opened.set(line.number, line)
    this.say(["open", true, line.number, address, self, line.pipe.terms])
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
    this.ports.forget(this)
    for (const line of [...this.#opened.values(), ...this.#accepted.values()]) {
      if (line.request === undefined) line.pipe.abandon()
      else this.#lay(line)
    }
  }

  /** Whoever says what is no word, or has no place, is not listened to any more. */
  readonly #heard = ({ data }: { readonly data?: unknown }): void => {
    if (!Array.isArray(data) || data[0] !== MARK) return
    const word = data.slice(1)
    if (!isWord(word) || !this.#hear(word as unknown as Word)) this.leave()
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
        return this.#hearOf(word)
    }
  }

  #offered(name: string): boolean {
    if (this.names.size >= MAX_NAMES) return false
    this.names.add(name)
    this.ports.offered(name)
    return true
  }

  #hearOf(word: Exclude<Word, readonly ["names" | "bound" | "released" | "open" | "left", ...unknown[]]>): boolean {
    const line = (word[1] ? this.#accepted : this.#opened).get(word[2])
    // It may just have ended here.
    if (line === undefined) return true
    const { pipe } = line
    const asked = line.request !== undefined
    switch (word[0]) {
      case "met":
        line.request = undefined
        pipe.meet(word[3], word[4])
        return asked
      case "refused":
        if (!asked) return false
        this.names.delete(line.request!.address)
        this.#lay(line)
        return true
      case "end":
        this.forget(line)
        pipe.abandon()
        return true
    }
    if (asked) return false
    switch (word[0]) {
      case "message":
        pipe.take(word[3])
        return true
      case "took":
        return pipe.taken(word[3])
      case "terms":
        pipe.agree(word[3])
        return true
    }
  }

  /** Nobody takes `line` here. */
  #lay(line: Line): void {
    this.forget(line)
    line.side = undefined
    this.ports.place(line)
  }

  #accept(number: number, address: string, self: Peer, terms: Terms): boolean {
    if (this.#accepted.has(number)) return false
    const host = this.ports.inproc.binder(address)
    if (host === undefined || this.#accepted.size >= MAX_PIPES) {
      this.say(["refused", false, number])
      return true
    }
    const line = new Line(this.ports)
    line.begin(this, false, number)
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

/** One pipe through a port. */
class Line implements PortLine {
  pipe!: PortPipe
  /** What the binding side is asked, as long as it has not answered. */
  request: { readonly address: string; readonly self: Peer } | undefined
  /** Where the other end is, or is asked for. */
  side: PortSide | undefined
  /** Whether this side has opened it. */
  own = true
  number = 0

  constructor(private readonly ports: Ports) {}

  begin(side: PortSide, own: boolean, number: number): void {
    this.side = side
    this.own = own
    this.number = number
  }

  send(frames: readonly Uint8Array[]): void {
    const transfer = frames.map(({ buffer }) => buffer as ArrayBuffer)
    this.side?.say(["message", this.own, this.number, frames], transfer)
  }

  took(count: number): void {
    this.side?.say(["took", this.own, this.number, count])
  }

  terms(terms: Terms): void {
    this.side?.say(["terms", this.own, this.number, terms])
  }

  introduce(self: Peer): void {
    this.side?.say(["met", false, this.number, portable(self), this.pipe.terms])
  }

  end(): void {
    this.side?.say(["end", this.own, this.number])
    this.side?.forget(this)
    this.ports.drop(this)
  }
}

/** A port to itself. */
class LoopPort implements AnyPort {
  twin!: LoopPort
  #told: ((event: { readonly data?: unknown }) => void) | undefined

  postMessage(data: unknown): void {
    queueMicrotask(() => this.twin.#told?.({ data }))
  }

  addEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void {
    if (type === "message") this.#told = told
  }

  removeEventListener(): void {
    this.#told = undefined
  }
}

function isTellable(name: string): boolean {
  return name.length <= MAX_NAME
}

/** A peer as it goes through a port. */
function portable({ socketType, routingId }: Peer): Peer {
  return { socketType, routingId: Uint8Array.from(routingId) }
}

import type { PipeEndOptions, PipeOwner } from "../core/pipe.js"
import type { Peer } from "../zmtp/peer.js"
import { greet, type Beyond, type Inproc } from "./inproc.js"
import { PortPipe, type PortLine, type Terms } from "./port-pipe.js"

/** What is used of a MessagePort; a Worker, and what a worker calls `self`, have it too. */
export interface AnyPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void
  removeEventListener(type: string, told: (event: { readonly data?: unknown }) => void): void
  start?(): void
  close?(): void
}

/** What one side of a port says to the other. `own` tells whether the pipe is one that the speaker has opened. */
type Word =
  | readonly [kind: "names", names: readonly string[]]
  | readonly [kind: "bound" | "released", name: string]
  | readonly [kind: "open", own: true, pipe: number, name: string, self: Peer, terms: Terms]
  | readonly [kind: "met", own: false, pipe: number, self: Peer, terms: Terms]
  | readonly [kind: "refused", own: false, pipe: number]
  | readonly [kind: "message", own: boolean, pipe: number, frames: readonly Uint8Array[]]
  | readonly [kind: "took", own: boolean, pipe: number, count: number]
  | readonly [kind: "terms", own: boolean, pipe: number, terms: Terms]
  | readonly [kind: "end", own: boolean, pipe: number]
  | readonly [kind: "left"]

/** By this, words are told from what else may come through a port. */
const MARK = "zmtp.port.1"

/** The ports that a context is joined to, as a place beyond it. Names are known to both sides of a port, not past it. */
export class Ports implements Beyond {
  readonly #sides = new Set<PortSide>()

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

  // Beyond

  ready(): undefined {
    return undefined
  }

  claim(address: string): boolean {
    return !this.isBound(address)
  }

  announce(address: string): void {
    for (const side of this.#sides) side.say(["bound", address])
  }

  release(address: string): void {
    for (const side of this.#sides) side.say(["released", address])
  }

  isBound(address: string): boolean {
    return this.#holder(address) !== undefined
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): PortPipe | undefined {
    return this.#holder(address)?.open(address, owner, options, self)
  }

  #holder(address: string): PortSide | undefined {
    for (const side of this.#sides) if (side.names.has(address)) return side
    return undefined
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
    const { port } = this
    port.addEventListener("message", this.#heard)
    port.addEventListener("close", this.#lost)
    port.start?.()
    this.say(["names", this.ports.inproc.names])
  }

  say(word: Word, transfer: ArrayBuffer[] = []): void {
    if (!this.#left) this.port.postMessage([MARK, ...word], transfer)
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): PortPipe {
    const line = new Line(this, true, this.#pipes++)
    line.pipe = new PortPipe(owner, options, line)
    line.request = { address, self: portable(self) }
    this.#opened.set(line.number, line)
    this.#ask(line)
    return line.pipe
  }

  forget({ own, number }: Line): void {
    ;(own ? this.#opened : this.#accepted).delete(number)
  }

  leave(): void {
    this.say(["left"])
    this.#end()
    this.port.close?.()
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
    for (const { pipe } of [...this.#opened.values(), ...this.#accepted.values()]) pipe.abandon()
  }

  readonly #heard = ({ data }: { readonly data?: unknown }): void => {
    if (!Array.isArray(data) || data[0] !== MARK) return
    const word = data.slice(1) as unknown as Word
    switch (word[0]) {
      case "names":
        for (const name of word[1]) this.#offered(name)
        break
      case "bound":
        this.#offered(word[1])
        break
      case "released":
        this.names.delete(word[1])
        break
      case "open":
        this.#accept(word[2], word[3], word[4], word[5])
        break
      case "left":
        this.#end()
        break
      default:
        this.#hear(word)
    }
  }

  #offered(name: string): void {
    this.names.add(name)
    this.ports.inproc.offered(name)
    for (const line of this.#opened.values()) if (line.refused && line.request?.address === name) this.#ask(line)
  }

  #hear(word: Exclude<Word, readonly ["names" | "bound" | "released" | "open" | "left", ...unknown[]]>): void {
    const line = (word[1] ? this.#accepted : this.#opened).get(word[2])
    if (line === undefined) return
    const { pipe } = line
    switch (word[0]) {
      case "met":
        line.request = undefined
        pipe.meet(word[3], word[4])
        break
      case "refused":
        line.refused = true
        this.names.delete(line.request?.address ?? "")
        break
      case "message":
        pipe.take(word[3])
        break
      case "took":
        pipe.taken(word[3])
        break
      case "terms":
        pipe.agree(word[3])
        break
      case "end":
        this.forget(line)
        pipe.abandon()
    }
  }

  #ask(line: Line): void {
    line.refused = false
    const { address, self } = line.request!
    this.say(["open", true, line.number, address, self, line.pipe.terms])
  }

  #accept(number: number, address: string, self: Peer, terms: Terms): void {
    const host = this.ports.inproc.binder(address)
    if (host === undefined) {
      this.say(["refused", false, number])
      return
    }
    const line = new Line(this, false, number)
    const pipe = new PortPipe(host, host.pipeOptions(), line)
    line.pipe = pipe
    this.#accepted.set(number, line)
    // The other end learns who is here before it hears of a message.
    pipe.announcePeer(host.self)
    host.attach(pipe)
    greet(pipe, host)
    pipe.meet(self, terms)
  }
}

/** One pipe through a port. */
class Line implements PortLine {
  pipe!: PortPipe
  /** What the binding side is asked, as long as it has not answered. */
  request: { readonly address: string; readonly self: Peer } | undefined
  /** Nobody has bound the name any more; somebody may again. */
  refused = false

  constructor(
    private readonly side: PortSide,
    /** Whether this side has opened it. */
    readonly own: boolean,
    readonly number: number,
  ) {}

  send(frames: readonly Uint8Array[]): void {
    const transfer = frames.map(({ buffer }) => buffer as ArrayBuffer)
    this.side.say(["message", this.own, this.number, frames], transfer)
  }

  took(count: number): void {
    this.side.say(["took", this.own, this.number, count])
  }

  terms(terms: Terms): void {
    this.side.say(["terms", this.own, this.number, terms])
  }

  introduce(self: Peer): void {
    this.side.say(["met", false, this.number, portable(self), this.pipe.terms])
  }

  end(): void {
    this.side.say(["end", this.own, this.number])
    this.side.forget(this)
  }
}

/** A peer as it goes through a port. */
function portable({ socketType, routingId }: Peer): Peer {
  return { socketType, routingId: Uint8Array.from(routingId) }
}

import type { PipeEndOptions, PipeOwner } from "../../core/pipe.js"
import type { Peer } from "../../zmtp/peer.js"
import type { RemoteNames, Inproc } from "../inproc/inproc.js"
import { Line, portable } from "./port-line.js"
import { PortPipe } from "./port-pipe.js"
import { PortSide, type AnyPort, type SideHost } from "./port-side.js"

/** The ports that a context is joined to. A name is known on both sides of a port, and is not passed on. */
export class Ports implements RemoteNames, SideHost {
  /** What is to be told of a side that has ended. */
  readonly #sides = new Map<PortSide, () => void>()
  /** Pipes whose name nobody has bound any more; somebody may again. */
  readonly #waiting = new Set<Line>()
  #loop: PortSide | undefined

  constructor(readonly inproc: Inproc) {}

  /** Returns this side, which is silent until it is told to speak. @param ended Nothing goes through `port` any more. */
  join(port: AnyPort, ended: () => void): PortSide {
    const side = new PortSide(this, port)
    this.#sides.set(side, ended)
    side.listen()
    side.tellNames(this.inproc.names)
    return side
  }

  // SideHost

  offered(name: string): void {
    this.inproc.offered(name)
    this.#settle(name)
  }

  place(line: Line): void {
    const { address } = line.request!
    const side = this.inproc.binder(address) === undefined ? this.#holder(address) : this.#self
    if (side === undefined) this.#waiting.add(line)
    else side.ask(line)
  }

  sideEnded(side: PortSide): void {
    this.#sides.get(side)?.()
    this.#sides.delete(side)
  }

  // RemoteNames

  ready(): undefined {
    return undefined
  }

  claim(address: string): boolean {
    return !this.isBound(address)
  }

  announce(address: string): void {
    for (const side of this.#sides.keys()) side.tellName("bound", address)
    this.#settle(address)
  }

  release(address: string): void {
    for (const side of this.#sides.keys()) side.tellName("released", address)
  }

  isBound(address: string): boolean {
    return this.#holder(address) !== undefined
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): PortPipe | undefined {
    const side = this.#holder(address)
    if (side === undefined) return undefined
    const line = new Line((line) => this.#waiting.delete(line))
    line.pipe = new PortPipe(owner, options, line)
    line.request = { address, self: portable(self) }
    side.ask(line)
    return line.pipe
  }

  #holder(address: string): PortSide | undefined {
    for (const side of this.#sides.keys()) if (side.names.has(address)) return side
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
    const other = new PortSide(this, far)
    for (const side of [this.#loop, other]) {
      side.listen()
      side.speak()
    }
    return this.#loop
  }
}

/** An end of a channel that stays in this thread. */
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

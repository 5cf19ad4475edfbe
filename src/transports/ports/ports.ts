// Inproc between realms that are connected only by a MessagePort, such as a page and its workers.

import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { PipeEndOptions } from "../../core/pipe/pipe-limits.js"
import type { Peer } from "../../zmtp/peer.js"
import type { RemoteNames, Inproc } from "../inproc/inproc.js"
import { Line, portable } from "./port-line.js"
import { PortPipe } from "./port-pipe.js"
import { PortSide, type AnyPort, type SideHost } from "./port-side.js"

/** The ports that a context is linked to. Names are known on both sides of a port, and are not forwarded to others. */
export class Ports implements RemoteNames, SideHost {
  /** The sides of all ports, with the callback for their end. */
  readonly #sides = new Map<PortSide, () => void>()
  /** Pipes whose name is not bound anymore. It may be bound again. */
  readonly #waiting = new Set<Line>()
  #loop: PortSide | undefined

  constructor(readonly inproc: Inproc) {}

  /**
   * Adds a port, and returns its side, which sends nothing before `start`. @param ended Called when the link has ended.
   */
  join(port: AnyPort, ended: () => void): PortSide {
    const side = new PortSide(this, port)
    this.#sides.set(side, ended)
    side.listen()
    side.sendNames(this.inproc.names)
    return side
  }

  // SideHost

  nameBound(name: string): void {
    this.inproc.nameBound(name)
    this.#routeWaiting(name)
  }

  route(line: Line): void {
    const { address } = line.request!
    const side = this.inproc.binder(address) === undefined ? this.#holder(address) : this.#self
    if (side === undefined) this.#waiting.add(line)
    else side.request(line)
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
    for (const side of this.#sides.keys()) side.sendName("bound", address)
    this.#routeWaiting(address)
  }

  release(address: string): void {
    for (const side of this.#sides.keys()) side.sendName("released", address)
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
    side.request(line)
    return line.pipe
  }

  #holder(address: string): PortSide | undefined {
    for (const side of this.#sides.keys()) if (side.names.has(address)) return side
    return undefined
  }

  #routeWaiting(address: string): void {
    for (const line of this.#waiting) {
      if (line.request!.address !== address) continue
      this.#waiting.delete(line)
      this.route(line)
    }
  }

  /** One side of a port whose two sides both belong to this context. */
  get #self(): PortSide {
    if (this.#loop !== undefined) return this.#loop
    const [near, far] = [new LoopPort(), new LoopPort()]
    near.twin = far
    far.twin = near
    this.#loop = new PortSide(this, near)
    const other = new PortSide(this, far)
    for (const side of [this.#loop, other]) {
      side.listen()
      side.start()
    }
    return this.#loop
  }
}

/** An end of a channel within this thread. */
class LoopPort implements AnyPort {
  twin!: LoopPort
  #listener: ((event: { readonly data?: unknown }) => void) | undefined

  postMessage(data: unknown): void {
    queueMicrotask(() => this.twin.#listener?.({ data }))
  }

  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    if (type === "message") this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }
}

import type { Resolved, Resolver } from "../../src/transports/net/resolver.js"

/** A resolver that the test provides with answers. */
export class FakeResolver implements Resolver {
  readonly answers = new Map<string, readonly string[]>()
  readonly asked: [name: string, family: number][] = []
  /** Pending queries. */
  waiting = 0

  resolve(name: string, family: 4 | 0, resolved: Resolved): () => void {
    this.asked.push([name, family])
    this.waiting++
    let open = true
    const leave = (): void => {
      if (open) this.waiting--
      open = false
    }
    setImmediate(() => {
      if (!open) return
      leave()
      const addresses = this.answers.get(name)
      if (addresses === undefined) {
        resolved(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }), [])
      } else resolved(undefined, addresses)
    })
    return leave
  }
}

import { expect } from "chai"
import { AuthenticationQueue } from "../../../src/transports/authentication/authentication-queue.js"

describe("AuthenticationQueue", () => {
  /** Authentication requests that complete on demand, by name. */
  function create(most: number) {
    const queue = new AuthenticationQueue()
    const begun: string[] = []
    const ends = new Map<string, (verdict: string) => void>()
    const run = (name: string, gone = new AbortController().signal): Promise<string> =>
      queue.run(most, gone, () => {
        begun.push(name)
        return new Promise((resolve, reject) => {
          ends.set(name, (verdict) => {
            if (verdict === "error") reject(new Error(name))
            else resolve(verdict)
          })
        })
      })
    return { run, begun, end: (name: string, verdict = "yes") => ends.get(name)!(verdict) }
  }

  it("runs the allowed number of tasks concurrently, and starts the others in order as these settle, with any result", async () => {
    const { run, begun, end } = create(2)
    const results = ["a", "b", "c", "d"].map((name) => run(name).catch((error: unknown) => String(error)))
    expect(begun).to.deep.equal(["a", "b"])
    end("b", "error")
    expect(await results[1]).to.equal("Error: b")
    expect(begun).to.deep.equal(["a", "b", "c"])
    end("a")
    expect(await results[0]).to.equal("yes")
    expect(begun).to.deep.equal(["a", "b", "c", "d"])
    end("c")
    end("d", "no")
    expect(await Promise.all(results)).to.deep.equal(["yes", "Error: b", "yes", "no"])
  })

  it("starts none whose peer has left, and counts running ones until they settle", async () => {
    const { run, begun, end } = create(1)
    const [first, second] = [new AbortController(), new AbortController()]
    const result = run("a", first.signal)
    void run("b", second.signal)
    const last = run("c")
    first.abort()
    second.abort()
    expect(begun).to.deep.equal(["a"])
    end("a")
    await result
    expect(begun).to.deep.equal(["a", "c"])
    end("c")
    await last
  })

  it("runs all tasks concurrently without a limit", () => {
    const { run, begun } = create(0)
    for (const name of "abc") void run(name)
    expect(begun).to.deep.equal(["a", "b", "c"])
  })
})

import { expect } from "chai"
import fc from "fast-check"
import { SubscriptionTrie } from "../../../src/patterns/strategies/subscription-trie.js"

const bytes = (text: string): Buffer => Buffer.from(text, "latin1")
const texts = (topics: Iterable<Uint8Array>): string[] =>
  Array.from(topics, (topic) => Buffer.from(topic).toString("latin1"))

class CountedTrie extends SubscriptionTrie<string> {
  get nodes(): number {
    return this.#all().length
  }

  /** Memory that is referenced by the nodes, in bytes. */
  get memory(): number {
    return [...this.memories].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  get memories(): Set<ArrayBufferLike> {
    return new Set(this.#all().map(({ path }) => path.buffer))
  }

  #all() {
    const nodes = [this.root]
    for (const node of nodes) nodes.push(...node.values())
    return nodes
  }
}

function trieOf(...topics: string[]): CountedTrie {
  const trie = new CountedTrie()
  for (const topic of topics) trie.set(bytes(topic), topic)
  return trie
}

function collected(trie: SubscriptionTrie<string>, text: string): string[] {
  const found: string[] = []
  trie.collect(bytes(text), found)
  return found
}

describe("SubscriptionTrie", () => {
  it("finds every prefix of a text, shortest first", () => {
    const trie = trieOf("abc", "", "ab", "b", "abd", "abcd")
    expect(collected(trie, "abcx")).to.deep.equal(["", "ab", "abc"])
    expect(collected(trie, "abc")).to.deep.equal(["", "ab", "abc"])
    expect(collected(trie, "")).to.deep.equal([""])
    expect(collected(trieOf("a"), "")).to.be.empty
  })

  it("finds no topic that is the text and a zero byte", () => {
    const trie = trieOf("\0", "a\0", "a\0b")
    expect([collected(trie, ""), collected(trie, "a"), collected(trie, "a\0")]).to.deep.equal([[], [], ["a\0"]])
  })

  it("finds no more prefixes than requested", () => {
    const found: string[] = []
    expect(trieOf("", "a", "ab", "abc").collect(bytes("abcd"), found, 2)).to.equal(2)
    expect(found).to.deep.equal(["", "a"])
  })

  it("reports whether any topic is a prefix of a text", () => {
    const trie = trieOf("ab", "c")
    expect(["ab", "abc", "c", "a", "", "ba"].map((text) => trie.matches(bytes(text)))).to.deep.equal([
      ...[true, true, true],
      ...[false, false, false],
    ])
  })

  it("deletes a topic without affecting its prefixes and extensions", () => {
    const trie = trieOf("a", "ab", "abc")
    trie.delete(bytes("ab"))
    expect([trie.get(bytes("ab")), ...texts(trie.topics())]).to.deep.equal([undefined, "a", "abc"])
  })

  it("ignores the deletion of unknown topics", () => {
    const trie = trieOf("abc")
    for (const topic of ["", "ab", "abcd", "x"]) trie.delete(bytes(topic))
    expect(texts(trie.topics())).to.deep.equal(["abc"])
  })

  it("has at most two nodes for each topic, and the root", () => {
    expect(trieOf().nodes).to.equal(1)
    expect(trieOf("").nodes).to.equal(1)
    expect(trieOf("abcd").nodes).to.equal(2)
    expect(trieOf("abc", "abd").nodes).to.equal(4)
    expect(trieOf("ab", "abc", "abd", "x").nodes).to.equal(5)
  })

  it("keeps only the memory of its topics alive", () => {
    const trie = trieOf("a", "abcd", "abce", "x")
    expect(trie.memory).to.equal("a".length + "abc".length + "abcd".length + "abce".length + "x".length)
    const [long, branch] = ["y".repeat(100_000), `${"y".repeat(1000)}z`]
    for (const topic of [long, branch, "y"]) trie.set(bytes(topic), topic)
    for (const topic of [long, branch]) trie.delete(bytes(topic))
    for (const topic of ["a", "abcd", "x"]) trie.delete(bytes(topic))
    expect([texts(trie.topics()), trie.memory]).to.deep.equal([["abce", "y"], "abce".length + "y".length])
  })

  it("copies no longer topics when one of their prefixes is inserted or deleted", () => {
    const long = "x".repeat(100_000)
    const trie = trieOf("x", "xx", long)
    const before = trie.memories
    for (const topic of ["xx", "x"]) trie.delete(bytes(topic))
    for (const topic of ["x", "xx", "xxx"]) trie.set(bytes(topic), topic)
    for (const topic of ["xxx", "xx", "x"]) trie.delete(bytes(topic))
    const after = trie.memories
    expect([...after].filter((memory) => !before.has(memory))).to.deep.equal([])
    expect(trie.memory).to.equal(long.length)
  })

  it("is the same after a topic was deleted as if it had never been inserted, regardless of other topics", () => {
    const all = ["", "a", "ab", "abc", "abd", "ac", "b", "bcd"]
    for (let choice = 0; choice < 1 << all.length; choice++) {
      const chosen = all.filter((_topic, index) => (choice >> index) & 1)
      for (const topic of chosen) {
        const trie = trieOf(...chosen)
        trie.delete(bytes(topic))
        const others = chosen.filter((other) => other !== topic)
        expect(texts(trie.topics()), `${topic} of ${chosen.join()}`).to.deep.equal(others)
        expect(trie.nodes, `${topic} of ${chosen.join()}`).to.equal(trieOf(...others).nodes)
      }
    }
  })

  it("supports topics longer than the depth of any call stack", () => {
    const long = "x".repeat(100_000)
    const trie = trieOf(long)
    expect(collected(trie, `${long}y`)).to.have.length(1)
    trie.delete(bytes(long))
    expect(trie.matches(bytes(long))).to.equal(false)
  })

  // Short topics over a few letters, which share nodes, and some topics with arbitrary bytes.
  const topic = fc.oneof(
    { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 4 }) },
    fc.uint8Array({ maxLength: 3 }).map((topic) => Buffer.from(topic).toString("latin1")),
  )

  interface Model {
    readonly values: Map<string, number>
  }
  type Trie = SubscriptionTrie<number>

  const commands: fc.Arbitrary<fc.Command<Model, Trie>>[] = [
    fc.tuple(topic, fc.nat()).map(([topic, value]) => ({
      check: () => true,
      run: ({ values }, trie) => {
        values.set(topic, value)
        trie.set(bytes(topic), value)
        expect([...trie.topics()]).to.have.length(values.size)
      },
      toString: () => `set(${JSON.stringify(topic)}, ${value})`,
    })),
    topic.map((topic) => ({
      check: () => true,
      run: ({ values }, trie) => {
        values.delete(topic)
        trie.delete(bytes(topic))
        expect([...trie.topics()]).to.have.length(values.size)
      },
      toString: () => `delete(${JSON.stringify(topic)})`,
    })),
    topic.map((text) => ({
      check: () => true,
      run: ({ values }, trie) => {
        const prefixes = [...values.keys()]
          .filter((topic) => text.startsWith(topic))
          .sort((a, b) => a.length - b.length)
        const found: number[] = []
        trie.collect(bytes(text), found)
        expect(found).to.deep.equal(prefixes.map((topic) => values.get(topic)))
        expect(trie.matches(bytes(text))).to.equal(prefixes.length > 0)
        expect(trie.get(bytes(text))).to.equal(values.get(text))
        expect(texts(trie.topics())).to.deep.equal([...values.keys()].sort())
      },
      toString: () => `look(${JSON.stringify(text)})`,
    })),
  ]

  it("behaves like a plain map of topics", () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60 }), (steps) => {
        fc.modelRun(() => ({ model: { values: new Map() }, real: new SubscriptionTrie<number>() }), steps)
      }),
      { numRuns: 500 },
    )
  })
})

import { expect } from "chai"
import { Reassembly } from "../../../src/cli/dump/reassembly.js"

/** The reassembled bytes of one direction of a connection: text, and the sizes of the gaps. */
class Bench {
  #text: string[] = []
  readonly reassembly = new Reassembly(
    (bytes) => this.#text.push(bytes.toString("latin1")),
    (size) => this.#text.push(`<${size}>`),
  )

  constructor(private readonly first = 0) {
    this.reassembly.begin((first - 1) >>> 0)
  }

  /** Adds a segment at `offset` of the stream. */
  add(offset: number, text: string): this {
    this.reassembly.add((this.first + offset) >>> 0, Buffer.from(text, "latin1"))
    return this
  }

  get text(): string {
    return this.#text.join("")
  }
}

/** The numbers from 0 to `count` - 1 in a pseudorandom order that is the same in every run. */
function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index)
  let state = 1
  for (let index = count - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = state % (index + 1)
    ;[numbers[index], numbers[other]] = [numbers[other]!, numbers[index]!]
  }
  return numbers
}

describe("segments of a connection", () => {
  it("are delivered in order, each byte once, regardless of the captured order and split", () => {
    const text = "the quick brown fox jumps over the lazy dog"
    for (const first of [0, 7, 2 ** 32 - 20, 2 ** 31 - 20]) {
      for (const size of [1, 2, 3, 7]) {
        const bench = new Bench(first)
        // Segments overlap by up to two bytes, and each one arrives twice.
        for (const index of [...shuffled(text.length), ...shuffled(text.length)]) {
          const offset = index - (index % size)
          bench.add(offset, text.slice(offset, offset + size + (index % 3)))
        }
        expect(bench.text, `${first} ${size}`).to.equal(text)
      }
    }
  })

  it("are delivered from the beginning of a capture that has no SYN", () => {
    const told: string[] = []
    const reassembly = new Reassembly(
      (bytes) => told.push(bytes.toString()),
      () => told.push("gap"),
    )
    for (const [sequence, text] of [
      [100, "a"],
      [102, "c"],
      [101, "b"],
    ] as const) {
      reassembly.add(sequence, Buffer.from(text))
    }
    expect(told.join("")).to.equal("abc")
  })

  it("are delivered once if SYN is repeated", () => {
    const bench = new Bench(100).add(0, "a").add(2, "c")
    bench.reassembly.begin(99)
    expect(bench.add(0, "a").add(1, "b").text).to.equal("abc")
  })

  it("are delivered from the longer of two that begin at the same byte", () => {
    expect(new Bench().add(1, "b").add(1, "bcd").add(1, "bc").add(0, "a").text).to.equal("abcd")
  })

  it("are delivered at the end despite gaps, which are reported", () => {
    const bench = new Bench().add(2, "c").add(6, "g").add(5, "fgh")
    bench.reassembly.end()
    expect(bench.text).to.equal("<2>c<2>fgh")
  })

  it("count as missing after 4 MiB of later data", () => {
    const bench = new Bench()
    const size = 1024 * 1024
    for (let index = 0; index <= 4; index++) bench.add(1 + index * size, "x".repeat(size))
    expect(bench.text).to.equal(`<1>${"x".repeat(5 * size)}`)
    expect(bench.add(0, "late").text).to.have.length(3 + 5 * size)
  })

  // With this many segments, the test times out if the work per segment grows with the number of segments, or the call
  // stack overflows if calls nest.
  const count = 400_000
  for (const [what, order] of [
    ["in order", (index: number) => index],
    ["backwards", (index: number) => count - 1 - index],
    ["the odd ones first", (index: number) => (index < count / 2 ? 2 * index + 1 : 2 * index - count)],
    [
      "in any order",
      (
        (numbers) => (index: number) =>
          numbers[index]!
      )(shuffled(count)),
    ],
  ] as const) {
    it(`are ordered one by one, however many arrive early: ${what}`, () => {
      const bench = new Bench(2 ** 32 - 1000)
      for (let index = 0; index < count; index++) {
        const offset = order(index)
        bench.add(1 + offset, String.fromCharCode(0x61 + (offset % 26)))
      }
      bench.add(0, "!")
      const expected = "abcdefghijklmnopqrstuvwxyz".repeat(Math.ceil(count / 26)).slice(0, count)
      expect(bench.text === `!${expected}`).to.equal(true)
    })
  }

  it("have their gaps reported one by one, however many there are", () => {
    const bench = new Bench()
    for (let index = 0; index < count; index++) bench.add(2 * (count - index) - 1, "x")
    bench.reassembly.end()
    expect(bench.text === "<1>x".repeat(count)).to.equal(true)
  })
})

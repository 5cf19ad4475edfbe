import { expect } from "chai"
import { Outbox } from "../../../src/zmtp/frames/outbox.js"
import { takeSlab } from "../../../src/zmtp/frames/slab-pool.js"
import { hex } from "../../support/cuts.js"
import { decode } from "../../support/decode.js"
import { message } from "../../support/messages.js"

const HELLO = Buffer.from("hello")

/** The output of an outbox after `fill`, concatenated. */
function written(fill: (outbox: Outbox) => void): Buffer {
  const outbox = new Outbox()
  fill(outbox)
  return Buffer.concat(outbox.drain())
}

/** Takes all free slabs, so that the next outbox has to allocate one. */
function takeAllSlabs(): void {
  while (takeSlab(0) !== undefined);
}

const encoded = (flags: number, body: Buffer): Buffer => written((outbox) => outbox.frame(flags, body))

describe('Outbox (RFC 37, "Framing")', () => {
  it("writes the short form up to 255 bytes and the long form from 256", () => {
    expect(encoded(0, HELLO)).to.deep.equal(hex("000568656c6c6f"))
    expect(encoded(1, HELLO)).to.deep.equal(hex("010568656c6c6f"))
    expect(encoded(0, Buffer.alloc(255)).subarray(0, 2)).to.deep.equal(hex("00ff"))
    expect(encoded(0, Buffer.alloc(256)).subarray(0, 9)).to.deep.equal(hex("020000000000000100"))
    expect(encoded(1, Buffer.alloc(256)).subarray(0, 9)).to.deep.equal(hex("030000000000000100"))
    expect(encoded(0, Buffer.alloc(65536)).subarray(0, 9)).to.deep.equal(hex("020000000000010000"))
  })

  it("writes a message with MORE on all frames but the last", () => {
    expect(written((outbox) => outbox.message(message("", "hi")))).to.deep.equal(hex("010000026869"))
    expect(written((outbox) => outbox.message(message("\x04\x03\x02\x01", "", "hi")))).to.deep.equal(
      hex("010404030201010000026869"),
    )
  })

  it("keeps frames in order, whether gathered or referenced", () => {
    const bodies = [1, 20_000, 5, 70_000, 0, 300].map((size, index) => Buffer.alloc(size, index + 65))
    const bytes = written((outbox) => bodies.forEach((body) => outbox.frame(0, body)))
    expect(decode([bytes]).map(([, body]) => body)).to.deep.equal(bodies.map(String))
  })

  it("keeps frames in order across its slabs", () => {
    const bodies = Array.from({ length: 400 }, (_, index) => String(index).repeat(1 + (index % 300)))
    const bytes = written((outbox) => bodies.forEach((body) => outbox.frame(0, Buffer.from(body))))
    expect(decode([bytes]).map(([, body]) => body)).to.deep.equal(bodies)
  })

  // A frame is copied to the slab if its body and the longest header fit. Bytes that are not frames need no header.
  for (const [what, size, needed, add] of [
    ["a frame", 10, 19, (outbox, body) => outbox.frame(0, body)],
    ["a longer frame", 300, 309, (outbox, body) => outbox.frame(0, body)],
    ["the header of a large frame", 9000, 9, (outbox, body) => outbox.frame(0, body)],
    ["bytes that are not a frame", 10, 10, (outbox, body) => outbox.raw(body)],
    [
      "a frame that is written in place",
      10,
      19,
      (outbox, body) => {
        outbox.place(0, body.length)
        outbox.target.set(body, outbox.at)
      },
    ],
  ] as [what: string, size: number, needed: number, add: (outbox: Outbox, body: Buffer) => void][]) {
    it(`uses a slab up to its last byte for ${what}, and begins another one after that`, () => {
      const body = Buffer.alloc(size, "b")
      const alone = written((outbox) => {
        add(outbox, body)
      })
      for (let room = 0; room < needed + 3; room++) {
        takeAllSlabs()
        const outbox = new Outbox()
        const before = Buffer.alloc(1024 - room, "a")
        outbox.raw(before)
        add(outbox, body)
        const pieces = outbox.drain()
        expect(Buffer.concat(pieces), `${room} bytes left`).to.deep.equal(Buffer.concat([before, alone]))
        expect(pieces[0]!.buffer.byteLength, `${room} bytes left`).to.equal(room >= needed ? 1024 : 64 * 1024)
      }
    })
  }

  it("begins with little memory if no slab is free, and allocates more when it is needed", () => {
    takeAllSlabs()
    const outbox = new Outbox()
    outbox.frame(0, HELLO)
    expect(outbox.drain()[0]!.buffer.byteLength).to.equal(1024)
    outbox.frame(0, Buffer.alloc(1024))
    expect(outbox.drain()[0]!.buffer.byteLength).to.equal(64 * 1024)
    const eager = new Outbox()
    eager.frame(0, Buffer.alloc(8000))
    expect(eager.drain()[0]!.buffer.byteLength).to.equal(64 * 1024)
  })

  it("begins with enough memory for the first body, however it is added", () => {
    for (const size of [1000, 1014, 1015, 1016, 1024, 1025, 1033]) {
      const body = Buffer.alloc(size, "b")
      for (const [overhead, add] of [
        [9, (outbox: Outbox) => outbox.frame(0, body)],
        [
          9,
          (outbox: Outbox) => {
            outbox.place(0, size)
            outbox.target.set(body, outbox.at)
          },
        ],
        [0, (outbox: Outbox) => outbox.raw(body)],
      ] as const) {
        takeAllSlabs()
        const outbox = new Outbox()
        add(outbox)
        const [piece] = outbox.drain()
        expect([piece!.length, body.equals(piece!.subarray(overhead))], String(size)).to.deep.equal([
          overhead + size,
          true,
        ])
        expect(piece!.buffer.byteLength).to.equal(size + overhead <= 1024 ? 1024 : 64 * 1024)
      }
    }
  })

  it("returns the memory of a large body that was written in place", () => {
    takeAllSlabs()
    const outbox = new Outbox()
    outbox.place(0, 100_000)
    const { buffer } = outbox.target
    outbox.drain()
    expect(takeSlab(100_000)).to.equal(undefined)
    outbox.releaseDrained()
    expect(takeSlab(100_000)?.buffer).to.equal(buffer)
  })

  it("uses memory again when it is written, in any outbox", () => {
    takeAllSlabs()
    const bodies = [Buffer.alloc(8000), Buffer.alloc(100_000)]
    const place = (outbox: Outbox): ArrayBufferLike[] => {
      for (const { length } of bodies) outbox.place(0, length)
      return outbox.drain().map(({ buffer }) => buffer)
    }
    const outbox = new Outbox()
    const memory = place(outbox)
    outbox.releaseDrained()
    // The last slab of the first outbox is the large one, which has room for both frames.
    const others = place(new Outbox())
    expect(memory).to.include(others[0])
    expect(place(outbox)).to.not.include(others[0])
  })

  it("returns every slab that it has filled, up to eight, when their bytes are written", () => {
    for (const [slabs, returned] of [
      [1, 1],
      [3, 3],
      [8, 8],
      [12, 8],
    ] as const) {
      takeAllSlabs()
      const outbox = new Outbox()
      for (let count = 0; count < 8 * slabs; count++) outbox.frame(0, Buffer.alloc(8000))
      const memory = new Set(outbox.drain().map(({ buffer }) => buffer))
      expect(memory.size).to.equal(slabs)
      expect(takeSlab(0)).to.equal(undefined)
      outbox.releaseDrained()
      const free = new Set<ArrayBufferLike>()
      for (let slab = takeSlab(0); slab !== undefined; slab = takeSlab(0)) free.add(slab.buffer)
      expect(free.size).to.equal(returned)
      for (const buffer of free) expect(memory.has(buffer)).to.equal(true)
    }
  })

  it("overwrites no bytes that are not released", () => {
    const outbox = new Outbox()
    const other = new Outbox()
    for (let round = 0; round < 50; round++) {
      const expected: string[] = []
      const pieces: Uint8Array[] = []
      for (let write = 0; write < 4; write++) {
        for (const size of [3, 300, 8000, 9000, 70_000, 300_000]) {
          const body = Buffer.alloc(size, 65 + ((round + write + size) % 50))
          outbox.place(0, size)
          outbox.target.set(body, outbox.at)
          outbox.frame(0, body.subarray(0, 8000))
          expected.push(body.toString(), body.toString("latin1", 0, 8000))
        }
        pieces.push(...outbox.drain())
        // Another connection writes and releases in the meantime.
        other.frame(0, HELLO)
        expect(decode(other.drain())).to.deep.equal([[0, "hello"]])
        other.releaseDrained()
      }
      const bodies = decode(pieces).map(([, body]) => body)
      expect(bodies.length === expected.length && bodies.every((body, index) => body === expected[index])).to.equal(
        true,
      )
      outbox.releaseDrained()
    }
  })

  it("does not release bytes that were added since", () => {
    const outbox = new Outbox()
    outbox.frame(0, HELLO)
    outbox.drain()
    outbox.frame(0, Buffer.from("added"))
    outbox.releaseDrained()
    const other = new Outbox()
    other.frame(0, HELLO)
    other.drain()
    expect(decode(outbox.drain())).to.deep.equal([[0, "added"]])
  })

  it("finds room for the header of a large frame and for raw bytes at the end of a slab", () => {
    const filler = Buffer.alloc(8 * 1024 - 9)
    const large = Buffer.alloc(10_000, "L")
    const bytes = written((outbox) => {
      for (let count = 0; count < 8; count++) outbox.frame(0, filler)
      outbox.frame(0, large)
      for (let count = 0; count < 8; count++) outbox.frame(0, filler)
      outbox.raw(encoded(0, HELLO))
    })
    const bodies = decode([bytes]).map(([, body]) => body)
    expect(bodies).to.have.length(18)
    expect([bodies[8], bodies[17]]).to.deep.equal([large.toString(), "hello"])
  })

  it("copies small bodies, whose memory the sender may reuse", () => {
    const body = Buffer.from("before")
    const bytes = written((outbox) => {
      outbox.frame(0, body)
      body.fill("x")
    })
    expect(decode([bytes])).to.deep.equal([[0, "before"]])
  })

  it("references large bodies, however many bytes they have", () => {
    const outbox = new Outbox()
    const body = Buffer.alloc(8 * 1024 + 1)
    outbox.frame(0, body)
    expect(outbox.drain()[1]).to.equal(body)
  })

  it("counts waiting bytes, and returns each once", () => {
    const outbox = new Outbox()
    for (const size of [0, 255, 256, 20_000]) outbox.frame(0, Buffer.alloc(size))
    outbox.raw(HELLO)
    expect(outbox.size).to.equal(2 + 257 + 265 + 20_009 + 5)
    const { length } = Buffer.concat(outbox.drain())
    expect(length).to.equal(2 + 257 + 265 + 20_009 + 5)
    expect(outbox.size).to.equal(0)
    expect(outbox.drain()).to.be.empty
  })

  it("provides room for bodies that are written in place, of any size, in order with the others", () => {
    const sizes = [0, 255, 256, 8_192, 8_193, 100_000, 5]
    const bytes = written((outbox) => {
      for (let round = 0; round < 20; round++) {
        for (const size of sizes) {
          outbox.place(1, size)
          outbox.target.fill(65 + round, outbox.at, outbox.at + size)
          outbox.frame(0, HELLO)
        }
      }
    })
    const expected = Array.from({ length: 20 }, (_, round) =>
      sizes.flatMap((size) => [Buffer.alloc(size, 65 + round).toString(), "hello"]),
    )
    expect(decode([bytes]).map(([, body]) => body)).to.deep.equal(expected.flat())
  })

  it("counts bodies written in place", () => {
    const outbox = new Outbox()
    for (const size of [1, 300, 20_000]) outbox.place(0, size)
    expect(outbox.size).to.equal(3 + 309 + 20_009)
    expect(Buffer.concat(outbox.drain())).to.have.length(3 + 309 + 20_009)
  })

  it("references large pieces of raw bytes", () => {
    const outbox = new Outbox()
    const bytes = Buffer.alloc(10_000)
    outbox.raw(HELLO)
    outbox.raw(bytes)
    expect([outbox.size, outbox.drain()[1]]).to.deep.equal([10_005, bytes])
  })

  it("gathers up to 8 KiB in one piece, however it is added", () => {
    const bytes = Buffer.alloc(8 * 1024, "b")
    const kept = Buffer.from(bytes)
    const header = hex("020000000000002000")
    for (const [put, expected] of [
      [(outbox: Outbox) => outbox.frame(0, bytes), Buffer.concat([header, kept])],
      [(outbox: Outbox) => outbox.raw(bytes), kept],
      [
        (outbox: Outbox) => {
          outbox.place(0, bytes.length)
          outbox.target.set(bytes, outbox.at)
        },
        Buffer.concat([header, kept]),
      ],
    ] as const) {
      const outbox = new Outbox()
      outbox.raw(HELLO)
      put(outbox)
      const whole = Buffer.concat([HELLO, expected])
      expect(outbox.size).to.equal(whole.length)
      bytes.fill("x")
      const pieces = outbox.drain()
      bytes.fill("b")
      expect(pieces).to.have.length(1)
      expect(whole.equals(pieces[0]!)).to.equal(true)
    }
  })

  it("gathers many small frames in one piece, however they are added", () => {
    const outbox = new Outbox()
    for (let count = 0; count < 50; count++) {
      outbox.frame(1, HELLO)
      outbox.place(1, 300)
      outbox.raw(HELLO)
      outbox.place(0, 5)
    }
    expect(outbox.drain().map(({ length }) => length)).to.deep.equal([50 * (7 + 309 + 5 + 7)])
    outbox.frame(0, HELLO)
    // Drained bytes belong to the caller, and do not change.
    expect(outbox.drain().map(({ length }) => length)).to.deep.equal([7])
  })

  it("references one byte more, however it is added", () => {
    const bytes = Buffer.alloc(8 * 1024 + 1, "b")
    for (const put of [(outbox: Outbox) => outbox.frame(0, bytes), (outbox: Outbox) => outbox.raw(bytes)]) {
      const outbox = new Outbox()
      put(outbox)
      expect(outbox.drain().at(-1)).to.equal(bytes)
    }
  })

  it("writes the announced number of bytes, even if the memory was detached", () => {
    for (const size of [9_000, 200_000]) {
      const memory = new Uint8Array(size).fill(1)
      const outbox = new Outbox()
      outbox.frame(0, HELLO)
      outbox.frame(1, memory)
      outbox.frame(0, HELLO)
      structuredClone(memory.buffer, { transfer: [memory.buffer] })
      const expected = Buffer.alloc(size)
      expect(decode([Buffer.concat(outbox.drain())]).map(([, body]) => body)).to.deep.equal([
        "hello",
        String(expected),
        "hello",
      ])
      // Later frames are not affected.
      outbox.frame(0, HELLO)
      expect(Buffer.concat(outbox.drain())).to.deep.equal(hex("000568656c6c6f"))
    }
  })

  it("writes sizes in all eight bytes", () => {
    for (const [length, size] of [
      [0x01_0203, "0000000000010203"],
      [0x0102_0304, "0000000001020304"],
      [0xffff_ffff, "00000000ffffffff"],
      [0x1_0000_0000, "0000000100000000"],
      [0x2_0304_0506, "0000000203040506"],
    ] as const) {
      // The outbox does not access the contents of such large bodies.
      const outbox = new Outbox()
      outbox.frame(1, { length } as Uint8Array)
      expect(Buffer.from(outbox.drain()[0]!).toString("hex")).to.equal(`03${size}`)
    }
  })

  it("writes complete headers over other bytes", () => {
    const outbox = new Outbox()
    for (const size of [300, 8_193, 256, 8_192]) {
      for (const put of [() => outbox.frame(0, Buffer.alloc(size)), () => outbox.place(0, size)]) {
        put()
        const header = hex("020000000000000000")
        header.writeUInt32BE(size, 5)
        expect(Buffer.concat(outbox.drain()).subarray(0, 9)).to.deep.equal(header)
      }
    }
  })

  it("writes the flags of bodies written in place, in either form", () => {
    for (const flags of [0, 1, 4, 5]) {
      for (const [size, header] of [
        [0, [flags, 0]],
        [255, [flags, 255]],
        [256, [flags | 2, 0, 0, 0, 0, 0, 0, 1, 0]],
        [10_000, [flags | 2, 0, 0, 0, 0, 0, 0, 0x27, 0x10]],
      ] as const) {
        const bytes = written((outbox) => {
          outbox.place(flags, size)
          outbox.target.fill(0x62, outbox.at, outbox.at + size)
        })
        expect(bytes.equals(Buffer.concat([Buffer.from(header), Buffer.alloc(size, "b")])), String(size)).to.equal(true)
      }
    }
  })

  it("fills a slab to its last byte, and continues in another", () => {
    // A slab of 64 KiB holds 8 of these.
    const raw = Buffer.alloc(8 * 1024, "r")
    for (const [spare, put, expected] of [
      [5, (outbox: Outbox) => outbox.raw(HELLO), HELLO],
      [4, (outbox: Outbox) => outbox.raw(HELLO), HELLO],
      [14, (outbox: Outbox) => outbox.frame(0, HELLO), hex("000568656c6c6f")],
      [13, (outbox: Outbox) => outbox.frame(0, HELLO), hex("000568656c6c6f")],
      [6, (outbox: Outbox) => outbox.frame(0, HELLO), hex("000568656c6c6f")],
      [
        265,
        (outbox: Outbox) => outbox.frame(0, raw.subarray(0, 256)),
        Buffer.concat([hex("020000000000000100"), raw.subarray(0, 256)]),
      ],
      [
        264,
        (outbox: Outbox) => outbox.frame(0, raw.subarray(0, 256)),
        Buffer.concat([hex("020000000000000100"), raw.subarray(0, 256)]),
      ],
      [
        9,
        (outbox: Outbox) => outbox.frame(0, Buffer.alloc(8193)),
        Buffer.concat([hex("020000000000002001"), Buffer.alloc(8193)]),
      ],
      [
        8,
        (outbox: Outbox) => outbox.frame(0, Buffer.alloc(8193)),
        Buffer.concat([hex("020000000000002001"), Buffer.alloc(8193)]),
      ],
    ] as const) {
      const bytes = written((outbox) => {
        for (let count = 0; count < 7; count++) outbox.raw(raw)
        outbox.raw(raw.subarray(spare))
        put(outbox)
        outbox.raw(HELLO)
      })
      const rest = bytes.subarray(8 * raw.length - spare)
      expect(rest.equals(Buffer.concat([expected, HELLO])), `${spare} bytes to spare`).to.equal(true)
    }
  })
})

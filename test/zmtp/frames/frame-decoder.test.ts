import { expect } from "chai"
import { RecycledMemory } from "../../../src/zmtp/frames/recycled-memory.js"
import { FrameDecoder } from "../../../src/zmtp/frames/frame-decoder.js"
import { ProtocolError } from "../../../src/zmtp/protocol-error.js"
import { cuts, hex } from "../../support/cuts.js"
import { decode } from "../../support/decode.js"

describe("FrameDecoder", () => {
  const vectors: [name: string, bytes: string, frames: [number, string][]][] = [
    ["an empty last frame", "0000", [[0, ""]]],
    ["an empty frame with MORE", "0100", [[1, ""]]],
    ["a last frame", "000568656c6c6f", [[0, "hello"]]],
    ["a frame with MORE", "010568656c6c6f", [[1, "hello"]]],
    ["the long form of a short frame", "020000000000000003616263", [[2, "abc"]]],
    [
      "a request",
      "010000026869",
      [
        [1, ""],
        [0, "hi"],
      ],
    ],
    [
      "a request with an id",
      "010404030201010000026869",
      [
        [1, "\x04\x03\x02\x01"],
        [1, ""],
        [0, "hi"],
      ],
    ],
    ["reserved flags", "f80178", [[0xf8, "x"]]],
    ["SUBSCRIBE to A", "040b0953554253435249424541", [[4, "\x09SUBSCRIBEA"]]],
    [
      "long forms one after the other, and a short one after them",
      "0300000000000000016102000000000000000162000163",
      [
        [3, "a"],
        [2, "b"],
        [0, "c"],
      ],
    ],
  ]
  for (const [name, bytes, frames] of vectors) {
    it(`reads ${name}, however it is split`, () => {
      for (const chunks of cuts(hex(bytes))) expect(decode(chunks)).to.deep.equal(frames)
    })
  }

  it("rejects a frame over the limit as soon as its header has arrived", () => {
    const decoder = new FrameDecoder()
    decoder.limit = 10
    decoder.push(hex("000b"))
    expect(() => decoder.next()).to.throw(ProtocolError)
    const long = new FrameDecoder()
    long.push(hex("02ffffffffffffffff"))
    expect(() => long.next()).to.throw(ProtocolError)
  })

  it("accepts a frame of exactly the limit", () => {
    const decoder = new FrameDecoder()
    decoder.limit = 3
    decoder.push(hex("0003616263"))
    expect(decoder.next()).to.equal(true)
    expect(Buffer.from(decoder.body).toString()).to.equal("abc")
  })

  it("does not copy a frame that lies within one chunk", () => {
    const chunk = hex("000568656c6c6f")
    const decoder = new FrameDecoder()
    decoder.push(chunk)
    decoder.next()
    expect(decoder.body.buffer).to.equal(chunk.buffer)
    expect(decoder.body.byteOffset).to.equal(chunk.byteOffset + 2)
  })

  it("does not copy a frame that follows a gathered one in its chunk", () => {
    const decoder = new FrameDecoder()
    decoder.push(hex("00056865"))
    expect(decoder.next()).to.equal(false)
    const chunk = hex("6c6c6f 00026869")
    decoder.push(chunk)
    expect([decoder.next(), Buffer.from(decoder.body).toString()]).to.deep.equal([true, "hello"])
    expect(decoder.next()).to.equal(true)
    expect([decoder.body.buffer, decoder.body.byteOffset]).to.deep.equal([chunk.buffer, chunk.byteOffset + 5])
  })

  it("does not copy a long frame that lies within one chunk, at its end or not", () => {
    for (const rest of ["", "0000"]) {
      const chunk = hex(`020000000000000100${"61".repeat(256)}${rest}`)
      const decoder = new FrameDecoder()
      decoder.push(chunk)
      decoder.next()
      expect([decoder.body.buffer, decoder.body.byteOffset]).to.deep.equal([chunk.buffer, chunk.byteOffset + 9])
      expect(decoder.body.length).to.equal(256)
    }
  })

  describe("room", () => {
    const header = hex("020000000000100000") // one MiB
    const MIB = 1024 * 1024

    it("reads the next bytes of a large body in place", () => {
      const decoder = new FrameDecoder()
      decoder.push(Buffer.concat([header, Buffer.alloc(64 * 1024, 1)]))
      expect(decoder.next()).to.equal(false)
      let missing = MIB - 64 * 1024
      for (let value = 2; missing > 0; value++) {
        const room = decoder.requestRoom() ?? new Uint8Array(missing)
        expect(room.length).to.be.at.most(missing)
        const part = room.subarray(0, 100_000).fill(value)
        missing -= part.length
        decoder.push(part)
        expect(decoder.next()).to.equal(missing === 0)
      }
      expect(decoder.body.length).to.equal(MIB)
      const parts = [64 * 1024, ...new Array<number>(9).fill(100_000), MIB - 64 * 1024 - 900_000]
      const expected = Buffer.concat(parts.map((length, index) => Buffer.alloc(length, index + 1)))
      expect(expected.equals(decoder.body)).to.equal(true)
    })

    it("is not needed between frames, nor for the last bytes of a body that is not large", () => {
      const decoder = new FrameDecoder()
      expect(decoder.requestRoom()).to.equal(undefined)
      decoder.push(Buffer.concat([hex("02 0000000000007530"), Buffer.alloc(29_000)]))
      expect(decoder.next()).to.equal(false)
      expect(decoder.requestRoom()).to.equal(undefined)
    })

    it("is not given out while bytes that were read into it are unread, which would be overwritten", () => {
      const decoder = new FrameDecoder()
      decoder.push(header)
      expect(decoder.next()).to.equal(false)
      const room = decoder.requestRoom()!
      decoder.push(room.subarray(0, 1000))
      expect(decoder.requestRoom()).to.equal(undefined)
      expect(decoder.next()).to.equal(false)
      const { byteOffset } = decoder.requestRoom()!
      expect(byteOffset).to.equal(room.byteOffset + 1000)
    })

    it("is the missing part of a large body, even a small one, and 512 bytes for what follows", () => {
      const decoder = new FrameDecoder(new RecycledMemory())
      decoder.push(Buffer.concat([hex("02 000000000000c000"), Buffer.alloc(0xbfff)]))
      expect(decoder.next()).to.equal(false)
      expect(decoder.requestRoom()!.length).to.equal(1 + 512)
    })

    it("is the missing part alone of a body over 128 KiB", () => {
      const decoder = new FrameDecoder(new RecycledMemory())
      decoder.push(Buffer.concat([hex("02 0000000000020001"), Buffer.alloc(0x1ffff)]))
      expect(decoder.next()).to.equal(false)
      expect(decoder.requestRoom()!.length).to.equal(2)
    })

    it("is the missing part alone without recycled memory, so that the body's memory has its size", () => {
      const decoder = new FrameDecoder()
      decoder.push(Buffer.concat([hex("02 000000000000c000"), Buffer.alloc(0xbfff)]))
      expect(decoder.next()).to.equal(false)
      const room = decoder.requestRoom()!
      expect([room.length, room.buffer.byteLength]).to.deep.equal([1, 0xc000])
    })

    it("is not larger than a body that is too small to be recycled", () => {
      const noted: ArrayBufferLike[] = []
      const recycled = new RecycledMemory()
      recycled.allocated = (memory) => noted.push(memory)
      const decoder = new FrameDecoder(recycled)
      decoder.push(hex("02 0000000000008000"))
      expect(decoder.next()).to.equal(false)
      expect([decoder.requestRoom()!.length, noted]).to.deep.equal([0x8000, []])
    })

    it("is noted once per body as memory that can be recycled, in however many chunks the body arrives", () => {
      const noted: ArrayBufferLike[] = []
      const recycled = new RecycledMemory()
      recycled.allocated = (memory) => noted.push(memory)
      const decoder = new FrameDecoder(recycled)
      decoder.push(header)
      expect(decoder.next()).to.equal(false)
      for (let arrived = 0; arrived < MIB; arrived += 4096) {
        decoder.push(new Uint8Array(4096))
        expect(decoder.next()).to.equal(arrived + 4096 === MIB)
      }
      expect(noted).to.deep.equal([decoder.body.buffer])
    })

    it("is as large as the previous body, which had arrived", () => {
      const decoder = new FrameDecoder(new RecycledMemory())
      decoder.push(Buffer.concat([header, Buffer.alloc(MIB - 1)]))
      expect(decoder.next()).to.equal(false)
      decoder.push(Buffer.alloc(1))
      expect(decoder.next()).to.equal(true)
      decoder.push(hex("0200000000f0000000"))
      expect(decoder.next()).to.equal(false)
      expect(decoder.requestRoom()!.buffer.byteLength).to.equal(MIB + 512)
    })

    it("is bounded by the bytes that have arrived, regardless of the announced size", () => {
      const decoder = new FrameDecoder()
      decoder.push(hex("0200000000f0000000"))
      expect(decoder.next()).to.equal(false)
      expect(decoder.requestRoom()!.buffer.byteLength).to.equal(64 * 1024)
      decoder.push(new Uint8Array(10_000))
      expect(decoder.next()).to.equal(false)
      decoder.push(new Uint8Array(64 * 1024))
      expect(decoder.next()).to.equal(false)
      expect(decoder.requestRoom()!.buffer.byteLength).to.be.at.most(16 * (10_000 + 64 * 1024))
    })

    it("is not shared with the frames that arrive with the end of a body", () => {
      const sizes = [64 * 1024, 3, 0, 200, 64 * 1024, 70_000, 255, MIB, 48 * 1024, 48 * 1024, 300, 1]
      const bytes = Buffer.concat(
        sizes.map((size, index) => {
          const header = Buffer.alloc(9)
          header[0] = 2
          header.writeUInt32BE(size, 5)
          return Buffer.concat([header, Buffer.alloc(size, index + 1)])
        }),
      )
      for (const [largestRead, recycled] of [1_000_000, 64 * 1024, 1499, 700].flatMap((each) => [
        [each, undefined] as const,
        [each, new RecycledMemory()] as const,
      ])) {
        const decoder = new FrameDecoder(recycled)
        const bodies: Uint8Array[] = []
        for (let at = 0; at < bytes.length;) {
          // Data is read into the room that the decoder offers, or into small chunks.
          const room = decoder.requestRoom() ?? new Uint8Array(512)
          const chunk = room.subarray(0, Math.min(room.length, largestRead, bytes.length - at))
          chunk.set(bytes.subarray(at, at + chunk.length))
          at += chunk.length
          decoder.push(chunk)
          while (decoder.next()) bodies.push(decoder.body)
        }
        expect(bodies.map(({ length }) => length)).to.deep.equal(sizes)
        for (const [index, body] of bodies.entries())
          expect(Buffer.alloc(body.length, index + 1).equals(body)).to.equal(true)
        const large = bodies.filter(({ length }) => length >= 48 * 1024).map(({ buffer }) => buffer)
        expect(new Set(large).size).to.equal(large.length)
        const small = bodies.filter(({ length }) => length < 48 * 1024).map(({ buffer }) => buffer)
        expect(small.filter((memory) => large.includes(memory))).to.deep.equal([])
      }
    })

    it("can be left unused", () => {
      const decoder = new FrameDecoder()
      decoder.push(Buffer.concat([header, Buffer.alloc(10, 1)]))
      decoder.next()
      expect(decoder.requestRoom()).to.not.equal(undefined)
      decoder.push(Buffer.alloc(MIB - 10, 2))
      expect(decoder.next()).to.equal(true)
      expect(Buffer.concat([Buffer.alloc(10, 1), Buffer.alloc(MIB - 10, 2)]).equals(decoder.body)).to.equal(true)
    })
  })

  it("returns the pushed bytes that were not read yet", () => {
    const decoder = new FrameDecoder()
    decoder.push(hex("0001610001"))
    expect(decoder.pending).to.equal(true)
    decoder.next()
    expect(Buffer.from(decoder.rest())).to.deep.equal(hex("0001"))
    expect(decoder.next()).to.equal(false)
    expect(decoder.pending).to.equal(false)
  })

  it("reads sizes in all eight bytes", () => {
    const decoder = new FrameDecoder()
    decoder.push(hex("020000000100000000"))
    expect(() => decoder.next()).to.throw("Frame of 4294967296 bytes")
    const cut = new FrameDecoder()
    cut.limit = 1
    cut.push(hex("0200000000000000"))
    expect(cut.next()).to.equal(false)
    cut.push(hex("02"))
    expect(() => cut.next()).to.throw("Frame of 2 bytes exceeds the limit of 1")
  })

  it("reads each of the eight bytes of a size, most significant first", () => {
    for (let byte = 0; byte < 8; byte++) {
      const header = hex("020000000000000000")
      header[1 + byte] = 1
      const decoder = new FrameDecoder()
      decoder.limit = 0
      decoder.push(header)
      expect(() => decoder.next()).to.throw(`Frame of ${2 ** (8 * (7 - byte))} bytes exceeds the limit of 0`)
    }
  })

  it("does not mistake a size of more than four bytes for a smaller one, with any limit", () => {
    for (const size of ["0100000000000000", "8000000000000000", "ff00000000000001", "0000000100000000"]) {
      const decoder = new FrameDecoder()
      decoder.push(hex(`02${size}`))
      expect(() => decoder.next(), size).to.throw(ProtocolError)
    }
  })

  it("leaves nothing pending of a truncated header", () => {
    for (const bytes of ["00", "0200000000"]) {
      const decoder = new FrameDecoder()
      decoder.push(hex(bytes))
      expect([decoder.next(), decoder.pending, decoder.rest().length], bytes).to.deep.equal([false, false, 0])
    }
  })

  it("accepts a command of exactly its own limit, and none of one byte more", () => {
    const command = (size: number): Buffer => {
      const header = hex("060000000000000000")
      header.writeUInt32BE(size, 5)
      return Buffer.concat([header, Buffer.alloc(size)])
    }
    const decoder = new FrameDecoder()
    decoder.commandLimit = 300
    decoder.push(command(300))
    expect([decoder.next(), decoder.body.length]).to.deep.equal([true, 300])
    decoder.push(command(301))
    expect(() => decoder.next()).to.throw("Command of 301 bytes exceeds the limit of 300")
  })

  it("rejects a command over its own limit as soon as its header has arrived, and accepts such a message", () => {
    const decoder = new FrameDecoder()
    decoder.commandLimit = 10
    decoder.push(hex("000b"))
    expect(decoder.next()).to.equal(false)
    const other = new FrameDecoder()
    other.commandLimit = 10
    other.push(hex("040b"))
    expect(() => other.next()).to.throw(ProtocolError)
  })
})

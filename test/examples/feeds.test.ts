import { encode } from "@msgpack/msgpack"
import { expect } from "chai"
import { Router, XPublisher } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { ExampleFolder, runExample } from "../support/example.js"

describe("the examples of feeds", function () {
  this.timeout(100_000)
  const closed = closing()

  it("bitcoin-feed reports missing messages, also when the numbers wrap around", async () => {
    const lines = await runExample("bitcoin-feed")
    expect(lines.filter((line) => line.startsWith("transaction"))).to.deep.equal(
      [4294967293, 4294967294, 1, 2, 4, 5, 6].map((sequence) => `transaction ${sequence}, 250 bytes`),
    )
    expect(lines.filter((line) => line.includes("missed"))).to.deep.equal([
      "rawtx: 2 missed before 1",
      "rawtx: 1 missed before 4",
    ])
    expect(lines.filter((line) => line.startsWith("block"))).to.deep.equal(["block 03030303…", "block 07070707…"])
  })

  it("kv-events knows the blocks of the cache although it joins late and events are lost", async () => {
    expect(await runExample("kv-events")).to.deep.equal([
      "replayed 0 to 4",
      "replayed 7 to 8",
      "12 batches, in order: true",
      "blocks in the cache: 2, 4, 6, 7, 8, 9, 10, 11, 12",
    ])
  })

  it("kv-events reads vLLM's format: arrays with a tag, 8-byte big-endian numbers, -1 at the end of a replay", async () => {
    const publisher = closed(new XPublisher())
    await publisher.bind("tcp://127.0.0.1:*")
    const replay = closed(new Router())
    await replay.bind("tcp://127.0.0.1:*")
    const { KvEvents } = (await closed(new ExampleFolder("kv-events")).import("subscriber.js")) as {
      KvEvents: new (events: string, replay: string, topic: string) => AsyncIterable<unknown> & { close(): void }
    }
    const events = closed(new KvEvents(publisher.lastEndpoint!, replay.lastEndpoint!, "kv"))
    const batches = events[Symbol.asyncIterator]()
    const first = batches.next()

    const [peer, delimiter, from] = await replay.receive()
    expect(delimiter!.length).to.equal(0)
    expect(from!.toString("hex")).to.equal("0000000000000000")
    const hash = 0xfedc_ba98_7654_3210n
    const stored = encode([1.5, [["BlockStored", [hash], null, [1, 2], 2, null]]], { useBigInt64: true })
    await replay.send([peer!, "", Buffer.from("0000000000000000", "hex"), stored])
    await replay.send([peer!, "", Buffer.from("ffffffffffffffff", "hex"), ""])
    expect((await first).value).to.deep.equal({
      sequence: 0,
      time: 1.5,
      events: [{ type: "BlockStored", blocks: [String(hash)], parent: null, tokens: [1, 2], blockSize: 2 }],
    })

    const second = batches.next()
    await publisher.receive()
    await publisher.send([
      "kv",
      Buffer.from("0000000000000001", "hex"),
      encode([2.5, [["BlockRemoved", [Uint8Array.of(7, 8)]], ["AllBlocksCleared"]], 0]),
    ])
    expect((await second).value).to.deep.equal({
      sequence: 1,
      time: 2.5,
      events: [{ type: "BlockRemoved", blocks: ["0708"] }, { type: "AllBlocksCleared" }],
    })
  })
})

import { bytes, expectEqual, frames, sameBytes, texts, type AnyCase } from "./fixture.js"

/** Requirements for connected peers, regardless of how they were connected. */
export const peerCases: readonly AnyCase[] = [
  {
    name: "keeps the order of 10,000 messages",
    async run({ open, join }) {
      const [push, pull] = [open("Push"), open("Pull")]
      await join(push, pull)
      const numbers = Array.from({ length: 10_000 }, (_, number) => String(number))
      const sending = (async () => {
        for (const number of numbers) await push.send(number)
      })()
      expectEqual(await texts(pull, numbers.length), numbers)
      await sending
    },
  },
  {
    name: "transfers messages in both directions at the same time",
    async run({ open, join }) {
      const pair = [open("Pair"), open("Pair")] as const
      await join(...pair)
      const numbers = Array.from({ length: 1000 }, (_, number) => String(number))
      const sending = pair.map(async (socket) => {
        for (const number of numbers) await socket.send(number)
      })
      for (const received of await Promise.all(pair.map((socket) => texts(socket, numbers.length)))) {
        expectEqual(received, numbers)
      }
      await Promise.all(sending)
    },
  },
  {
    name: "delivers the frames of a message together if several peers send",
    async run({ open, join }) {
      const pull = open("Pull")
      const pushes = ["a", "b", "c"].map((sender) => ({ sender, push: open("Push") }))
      for (const { push } of pushes) await join(push, pull)
      const sending = Promise.all(
        pushes.map(async ({ sender, push }) => {
          for (let round = 0; round < 100; round++) await push.send([sender, "", `${sender}${round}`, sender])
        }),
      )
      const rounds: Record<string, number> = { a: 0, b: 0, c: 0 }
      for (let count = 0; count < 300; count++) {
        const received = await frames(pull)
        const sender = received[0]!
        expectEqual(received, [sender, "", `${sender}${rounds[sender]!++}`, sender])
      }
      await sending
    },
  },
  {
    name: "delivers a message of 1,000 frames",
    async run({ open, join }) {
      const [push, pull] = [open("Push"), open("Pull")]
      await join(push, pull)
      const message = Array.from({ length: 1000 }, (_, number) => String(number))
      await push.send(message)
      expectEqual(await frames(pull), message)
    },
  },
  ...[0, 1, 255, 256, 8191, 8192, 65_535, 65_536, 1_048_576].map((size) => ({
    name: `delivers frames of ${size.toLocaleString("en-US")} ${size === 1 ? "byte" : "bytes"}`,
    async run({ open, join }: Parameters<AnyCase["run"]>[0]) {
      const [push, pull] = [open("Push"), open("Pull")]
      await join(push, pull)
      const frame = bytes(size)
      await push.send([frame, frame])
      await push.send("next")
      const received = await pull.receive()
      expectEqual(
        received.map((each) => sameBytes(each, frame)),
        [true, true],
      )
      expectEqual(await texts(pull, 1), ["next"])
    },
  })),
  {
    name: "transfers a request and its reply",
    async run({ open, join }) {
      const [request, reply] = [open("Request"), open("Reply")]
      await join(request, reply)
      for (const round of ["1", "2"]) {
        await request.send(["question", round])
        expectEqual(await frames(reply), ["question", round])
        await reply.send(["answer", round])
        expectEqual(await frames(request), ["answer", round])
      }
    },
  },
  {
    name: "transfers subscriptions, and publishes only matching messages",
    async run({ open, join }) {
      const [subscriber, publisher] = [open("Subscriber"), open("XPublisher")]
      subscriber.subscribe("A")
      await join(subscriber, publisher)
      expectEqual(await texts(publisher, 1), ["\x01A"])
      for (const message of ["B1", "A1", "A2"]) await publisher.send(message)
      expectEqual(await texts(subscriber, 2), ["A1", "A2"])
    },
  },
  {
    name: "makes a sender wait while the receiver does not receive, without losing messages",
    async run({ open, join }) {
      const push = open("Push", { sendHighWaterMark: 1 })
      const pull = open("Pull", { receiveHighWaterMark: 1 })
      await join(push, pull)
      const [body, count] = [bytes(262_144), 64]
      let sent = 0
      const sending = (async () => {
        for (; sent < count; sent++) await push.send([String(sent), body])
      })()
      for (let number = 0; number < count; number++) {
        const [head, received] = await pull.receive()
        expectEqual([new TextDecoder().decode(head), sameBytes(received!, body)], [String(number), true])
      }
      await sending
    },
  },
  {
    name: "delivers all messages sent before close to a connected peer",
    async run({ open, join }) {
      const push = open("Push")
      const pull = open("Pull", { receiveHighWaterMark: 1 })
      await join(pull, push)
      const body = bytes(1_048_576)
      for (let number = 0; number < 16; number++) await push.send([String(number), body])
      push.close()
      for (let number = 0; number < 16; number++) {
        const [head, received] = await pull.receive()
        expectEqual([new TextDecoder().decode(head), received!.length], [String(number), body.length])
      }
    },
  },
]

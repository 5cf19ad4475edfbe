const callbacks = require("./callbacks.cjs")
const service = require("./service.cjs")
const zmq = require("zeromq")

test("sockets work", async () => {
  expect(await service.run()).toBe("task 1, hello!")
  expect(await callbacks.run()).toBe("task 1")
})

test("received frames are instances of the test's Buffer, and errors of its Error", async () => {
  const pair = [new zmq.Pair(), new zmq.Pair()]
  await pair[0].bind("inproc://jest")
  pair[1].connect("inproc://jest")
  await pair[0].send([Buffer.from([1]), new Uint8Array([2]), new ArrayBuffer(1), "text", null])
  const frames = await pair[1].receive()
  expect(frames.map((frame) => frame instanceof Buffer && frame.length)).toEqual([1, 1, 1, 4, 0])
  expect(() => pair[0].connect("nonsense")).toThrow("Invalid argument")
  for (const socket of pair) socket.close()
})

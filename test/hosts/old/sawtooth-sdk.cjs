const { Stream } = require("sawtooth-sdk/messaging/stream")
const { Message } = require("sawtooth-sdk/protobuf")
const zmq = require("zeromq")

console.log = (
  (log) =>
  (...said) =>
    said[0].startsWith("Connected") || said[0].startsWith("Disconnected") || log(...said)
)(console.log)
const validator = zmq.socket("router")
validator.bindSync("tcp://127.0.0.1:*")
validator.on("message", (id, bytes) => {
  const { correlationId, content } = Message.decode(bytes)
  const answer = Buffer.from(`${content}!`)
  validator.send([id, Message.encode(Message.create({ messageType: 1, correlationId, content: answer })).finish()])
})
const stream = new Stream(validator.last_endpoint)
stream.connect(() => {
  stream.onReceive(() => {})
  stream.send(Message.MessageType.PING_REQUEST, Buffer.from("hello")).then((content) => {
    console.log(String(content))
    stream.close()
    validator.close()
  })
})

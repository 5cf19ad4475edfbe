const { ZmqRpcSocket } = require("zmq-raft").server
const { ZmqSocket } = require("zmq-raft").utils.zmqsocket ?? require("zmq-raft/lib/utils/zmqsocket")

const router = new ZmqSocket("router")
router.bindSync("tcp://127.0.0.1:*")
router.on("frames", ([client, id, ...frames]) => router.send([client, id, ...frames.map((frame) => `${frame}!`)]))
const rpc = new ZmqRpcSocket(router.last_endpoint, 1000)
rpc.request("hello").then((reply) => {
  console.log(String(reply))
  rpc.close()
  router.close()
})

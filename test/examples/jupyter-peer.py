"""Has jupyter_client start a kernel and use it as a notebook would; prints what it has seen as JSON.
Usage: jupyter-peer.py program argument …, where {connection_file} stands for the file."""
import json
import sys

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

TIMEOUT = 60


class Manager(KernelManager):
    @property
    def kernel_spec(self):
        return KernelSpec(argv=sys.argv[1:], language="javascript", display_name="test", interrupt_mode="signal")


manager = Manager()
manager.start_kernel()
client = manager.client()
client.allow_stdin = True
client.start_channels()
seen = {}
try:
    client.wait_for_ready(timeout=TIMEOUT)

    def run(code):
        news = []

        def hear(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                news.append([content["name"], content["text"]])
            elif kind == "execute_result":
                news.append([kind, content["data"]["text/plain"]])
            elif kind == "error":
                news.append([kind, content["ename"], content["evalue"]])

        def answer(_):
            client.input("Python")

        reply = client.execute_interactive(code, output_hook=hear, stdin_hook=answer, timeout=TIMEOUT)
        return [reply["content"]["status"], *news]

    seen["run"] = run("const six = 6; console.log('hello'); console.error('oops'); six * 7")
    seen["keep"] = run("six")
    seen["input"] = run("input('Who? ').then((name) => `I am ${name}`)")
    seen["error"] = run("none.there")

    def ask(message_id):
        while True:
            reply = client.get_shell_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == message_id:
                return reply["content"]

    seen["complete"] = ask(client.complete("Math.sq"))["matches"]
    seen["is_complete"] = [ask(client.is_complete(code))["status"] for code in ["1 + 1", "if (six) {", "1 +* 1"]]

    def interrupt_when_busy(code):
        message_id = client.execute(code)
        while True:
            news = client.get_iopub_msg(timeout=TIMEOUT)
            if news["msg_type"] == "stream" and news["parent_header"].get("msg_id") == message_id:
                break
        manager.interrupt_kernel()
        return ask(message_id)["evalue"]

    seen["waits"] = interrupt_when_busy("console.log('go'); new Promise(() => undefined)")
    seen["after"] = run("six + 1")
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=False)
print(json.dumps(seen))

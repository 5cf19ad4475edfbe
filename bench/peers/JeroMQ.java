import org.zeromq.ZMQ;

/** One process of a measurement on JeroMQ. Arguments and output are those of `zmq.mjs`. */
public class JeroMQ {
    interface Step {
        void run();
    }

    static int size;
    static double warmUp, duration;

    public static void main(String[] arguments) throws InterruptedException {
        String role = arguments[0], endpoint = arguments[1];
        size = Integer.parseInt(arguments[2]);
        warmUp = Double.parseDouble(arguments[4]);
        duration = Double.parseDouble(arguments[5]);
        ZMQ.Context context = ZMQ.context(1);
        byte[] body = new byte[size];
        java.util.Arrays.fill(body, (byte) 'a');
        switch (role) {
            case "pull": {
                ZMQ.Socket socket = bound(context.socket(ZMQ.PULL));
                measure(socket::recv, false);
                break;
            }
            case "push": {
                ZMQ.Socket socket = connected(context.socket(ZMQ.PUSH), endpoint);
                while (true) socket.send(body, 0);
            }
            case "rep": {
                ZMQ.Socket socket = bound(context.socket(ZMQ.REP));
                while (true) socket.send(socket.recv(), 0);
            }
            case "req": {
                ZMQ.Socket socket = connected(context.socket(ZMQ.REQ), endpoint);
                measure(() -> {
                    socket.send(body, 0);
                    socket.recv();
                }, true);
                break;
            }
            default:
                throw new IllegalArgumentException("unknown role " + role);
        }
        // The benchmark ends all processes.
        Thread.sleep(Long.MAX_VALUE);
    }

    static ZMQ.Socket bound(ZMQ.Socket socket) {
        int port = socket.bindToRandomPort("tcp://127.0.0.1");
        System.out.println("{\"endpoints\":\"tcp://127.0.0.1:" + port + "\"}");
        return socket;
    }

    static ZMQ.Socket connected(ZMQ.Socket socket, String endpoint) {
        socket.connect(endpoint);
        return socket;
    }

    /** Counts the messages of `step`, and prints the figures. */
    static void measure(Step step, boolean asTime) {
        int stride = asTime || size > 4000 ? 16 : 256;
        step.run();
        print("cold", rate(step, stride, warmUp), asTime);
        print("value", rate(step, stride, duration), asTime);
    }

    /** Steps per second during `length` ms. */
    static double rate(Step step, int stride, double length) {
        long counted = 0, start = System.nanoTime();
        double elapsed;
        do {
            for (int index = 0; index < stride; index++) step.run();
            counted += stride;
            elapsed = (System.nanoTime() - start) / 1e6;
        } while (elapsed < length);
        return counted / elapsed * 1000;
    }

    static void print(String name, double rate, boolean asTime) {
        System.out.println("{\"" + name + "\":" + (asTime ? 1e6 / rate : rate) + "}");
    }
}

// One event stream for all tabs of a browser. A tab that joins later gets what came since its page was made.
let source;
let tower;
const recent = [];
const ports = new Set();
const TYPES = ["mentions", "tower", "alerts", "room"];
const heard = (type) => (event) => {
  const message = { type, data: JSON.parse(event.data), id: Number(event.lastEventId) };
  if (type === "tower") tower = message;
  else if (recent.push(message) > 500) recent.shift();
  ports.forEach((port) => port.postMessage(message));
};
onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.bye) {
      ports.delete(port);
      if (!ports.size) {
        source?.close();
        source = null;
      }
      return;
    }
    ports.add(port);
    if (!source || source.readyState === 2) {
      recent.length = 0;
      tower = null;
      source = new EventSource(`${data.address}?after=${data.after}`);
      TYPES.forEach((type) => source.addEventListener(type, heard(type)));
      return;
    }
    const missed = recent.filter((message) => message.id > data.after);
    missed.forEach((message) => port.postMessage(message));
    if (missed.length && tower) port.postMessage(tower);
  };
  port.start();
};

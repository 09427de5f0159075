// One event stream for all tabs of a browser.
let source;
const ports = new Set();
const heard = (type) => (event) => ports.forEach((port) => port.postMessage({ type, data: JSON.parse(event.data) }));
onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.bye) {
      ports.delete(port);
      if (!ports.size) { source?.close(); source = null; }
      return;
    }
    if (!source || source.readyState === 2) {
      source = new EventSource(data.address);
      ["mentions", "tower", "alerts"].forEach((type) => source.addEventListener(type, heard(type)));
    }
  };
  port.start();
};

package standin

import (
	"io"

	"github.com/mongotls/mongotls/harness/tlswire"
)

// An inbox is where a client's messages come in. One goroutine uses it.
type inbox struct {
	server *Server
	r      io.Reader
	head   []byte // of the next message, if it has been read
	err    error
	coming chan struct{} // closed when head or err is there; nil where nobody listens
}

// listen is told when the client sends something, or leaves. The channel is closed then.
func (in *inbox) listen() <-chan struct{} {
	if in.coming == nil {
		in.coming = make(chan struct{})
		in.server.served.Go(func() {
			defer close(in.coming)
			in.readHead()
		})
	}
	return in.coming
}

func (in *inbox) readHead() {
	if in.head == nil {
		head := make([]byte, tlswire.HeadSize)
		if _, in.err = io.ReadFull(in.r, head); in.err == nil {
			in.head = head
		}
	}
}

// next reads a message. The error is io.EOF or the like when the client has left, or a badLength.
func (in *inbox) next() (head, body []byte, err error) {
	if in.coming != nil {
		<-in.coming
		in.coming = nil
	} else {
		in.readHead()
	}
	if in.err != nil {
		return nil, nil, in.err
	}
	head, in.head = in.head, nil
	body, err = readBody(in.r, head)
	return head, body, err
}

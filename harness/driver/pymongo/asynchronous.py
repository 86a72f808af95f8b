"""The asynchronous client of PyMongo, since 4.9, for threads: each client has an event loop in a thread of its own."""
import asyncio
import threading

from pymongo import AsyncMongoClient, lock
from pymongo.asynchronous import topology


class Client(AsyncMongoClient):
    @classmethod
    async def connected(cls, *args, **options):
        client = cls(*args, **options)
        await client.aconnect()
        return client


class Loop:
    """Runs what a client does, and waits for it. Before and after the client waits for a server, stop_if_all_failed is
    called."""

    def __init__(self, stop_if_all_failed):
        class Condition(getattr(lock, "_ACondition", None) or lock.Condition):
            async def wait(self, *timeout):
                stop_if_all_failed()
                woken = await super().wait(*timeout)
                stop_if_all_failed()
                return woken

        # Up to PyMongo 4.10 the first is what makes the condition on which a client waits for a server, then the second.
        topology._ACondition = Condition
        topology._async_create_condition = lambda lock, _=None: Condition(lock)
        self.loop, self.under_way = asyncio.new_event_loop(), None
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        self.loop.run_forever()
        self.loop.close()

    def run(self, coroutine):
        self.under_way = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        return self.under_way.result()

    def cancel(self):
        self.under_way.cancel()

    def end(self):
        self.run(self.rest())
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def rest(self):
        """Ends what monitors still do."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""Following Delta tables batch by batch until nothing new is left."""

import hashlib
import json


def checkpoint_of(checkpoint, tables):
    """A stream's place belongs to the tables that it follows: made anew, they are followed from their beginning."""
    name = tables[0] if len(tables) == 1 else hashlib.sha256("/".join(tables).encode()).hexdigest()[:32]
    return f"{checkpoint}/{name}"


def follow(job, rows, checkpoint, of, apply):
    """Runs `apply(spark, batch, name)` for each batch of new rows, in order; gives the number of batches.

    `of`: the ids of the tables behind `rows`. A batch that was interrupted comes again, with the same rows and the
    same name (`<stream>/<number>`); so `apply` must not do twice what it did. Raises what `apply` raised.
    """
    place = checkpoint_of(checkpoint, of)
    done = []
    failure = []

    def each(batch, number):
        try:
            apply(batch.sparkSession, batch, f"{stream_id(job, place)}/{number}")
        except BaseException as error:
            failure.append(error)
            # An Exception, for the JVM would wait for ever for the answer to anything else.
            raise RuntimeError(f"The batch {number} failed: {error}") from error
        done.append(number)

    query = rows.writeStream.foreachBatch(each).option("checkpointLocation", place).trigger(availableNow=True).start()
    try:
        query.awaitTermination()
    except Exception:
        # The stream wraps what was raised in the batch in a message of a page.
        if failure:
            raise failure[0] from None
        raise
    finally:
        query.stop()
    return len(done)


def stream_id(job, place):
    """The id that Spark gave the stream at this place; another one after its place was removed."""
    return json.loads((job.files.read(f"{place}/metadata") or "{}").splitlines()[0])["id"]


def last_batch(job, place):
    """The number of the last batch that is done, or None."""
    numbers = [int(name) for name in job.files.names(f"{place}/commits") if name.isdigit()]
    return max(numbers, default=None)


def forget(job, place):
    """Removes a stream's place: it begins anew, as another stream."""
    job.files.remove(place)

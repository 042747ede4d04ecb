// SPDX-License-Identifier: GPL-2.0-only
/* Counts the wake-ups of fds in a thread of its own; edge-triggered, so that unread data does not count again. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "native.h"

#define MAX_WATCHED 64

struct watcher {
	pthread_t thread;
	int epoll, stop;
	unsigned int watched;
	uint32_t counts[MAX_WATCHED];
};

static void *watch(void *arg)
{
	struct watcher *w = arg;
	struct epoll_event events[MAX_WATCHED];

	for (;;) {
		int n = epoll_wait(w->epoll, events, MAX_WATCHED, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.u32 == UINT32_MAX)
				return NULL;
			__atomic_add_fetch(&w->counts[events[i].data.u32], 1, __ATOMIC_RELAXED);
		}
	}
}

static int add(struct watcher *w, int fd, uint32_t tag)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.u32 = tag };

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* NULL with errno when it cannot be set up. */
void *nat_watch_start(const int *fds, unsigned int count)
{
	struct watcher *w = calloc(1, sizeof(*w));

	if (!w || count > MAX_WATCHED)
		goto fail;
	w->watched = count;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->stop = eventfd(0, EFD_CLOEXEC);
	for (unsigned int i = 0; i < count; i++)
		if (add(w, fds[i], i))
			goto fail;
	if (add(w, w->stop, UINT32_MAX) || pthread_create(&w->thread, NULL, watch, w))
		goto fail;
	return w;
fail:
	free(w);
	return NULL;
}

void nat_watch_counts(void *watcher, uint32_t *out)
{
	struct watcher *w = watcher;

	for (unsigned int i = 0; i < w->watched; i++)
		out[i] = __atomic_load_n(&w->counts[i], __ATOMIC_RELAXED);
}

void nat_watch_stop(void *watcher)
{
	struct watcher *w = watcher;
	uint64_t one = 1;

	if (write(w->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(w->thread, NULL);
	close(w->stop);
	close(w->epoll);
	free(w);
}

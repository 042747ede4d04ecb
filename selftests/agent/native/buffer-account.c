// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "../../progs/buffer-order.h"
#include "buffer-account.h"

static void account_sample(struct account *account, const unsigned char *data, uint32_t bytes)
{
	struct order_record record;
	uint64_t last = 0;

	memcpy(&record, data, sizeof(record));
	if (record.sequence == ORDER_DISCARDED && record.check == ~ORDER_DISCARDED) {
		account->discarded++;
		return;
	}
	if (record.size >= sizeof(record) + sizeof(last) && record.size <= bytes)
		memcpy(&last, data + record.size - sizeof(last), sizeof(last));
	if (record_total(record.size) - RECORD_OVERHEAD != bytes || record.check != ~record.sequence ||
	    last != order_last(record.sequence, record.size)) {
		account->torn++;
		return;
	}
	account->seen++;
	if (record.sequence < account->next)
		account->doubled++;
	else if (record.sequence > account->next + account->pending)
		account->unexplained++;
	else if (record.sequence < account->next + account->pending)
		account->overcounted++;
	account->next = record.sequence + 1;
	account->pending = 0;
}

int account_record(void *cookie, const struct record *record)
{
	struct account *account = cookie;
	struct { uint64_t id, lost; } lost;
	uint32_t bytes;

	switch (record->header->type) {
	case PERF_RECORD_SAMPLE:
		memcpy(&bytes, record->body, sizeof(bytes));
		if (record->header->size - RECORD_OVERHEAD < sizeof(struct order_record) ||
		    bytes != record->header->size - RECORD_OVERHEAD)
			account->torn++;
		else
			account_sample(account, record->body + sizeof(bytes), bytes);
		break;
	case PERF_RECORD_LOST:
		memcpy(&lost, record->body, sizeof(lost));
		account->pending += lost.lost;
		account->lost += lost.lost;
		account->lost_records++;
		break;
	default:
		account->others++;
	}
	account->at = record->at + record->header->size;
	return 0;
}

int account_json(const struct account *a, char *out, size_t room)
{
	return snprintf(out, room,
		"\"next\":%llu,\"pending\":%llu,\"seen\":%llu,\"lost\":%llu,\"lostRecords\":%llu,\"doubled\":%llu,"
		"\"unexplained\":%llu,\"overcounted\":%llu,\"torn\":%llu,\"discardedSeen\":%llu,\"others\":%llu",
		(unsigned long long)a->next, (unsigned long long)a->pending, (unsigned long long)a->seen,
		(unsigned long long)a->lost, (unsigned long long)a->lost_records, (unsigned long long)a->doubled,
		(unsigned long long)a->unexplained, (unsigned long long)a->overcounted, (unsigned long long)a->torn,
		(unsigned long long)a->discarded, (unsigned long long)a->others);
}

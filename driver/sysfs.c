// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/mmapdemo/NODE/: what everybody may know of a buffer, as
 * sysfs-class-mmapdemo describes it. The data of the device is its buffer. Removal of a
 * node waits for readers here, so they take no lock that it holds.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "buffer.h"
#include "channel.h"
#include "sysfs.h"

static struct mmapdemo_buffer *to_buffer(const struct device *dev)
{
	return dev_get_drvdata(dev);
}

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n", mmapdemo_buffer_size(to_buffer(dev)));
}
static DEVICE_ATTR_RO(size);

static ssize_t maps_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&to_buffer(dev)->maps));
}
static DEVICE_ATTR_RO(maps);

static ssize_t opens_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&to_buffer(dev)->opens));
}
static DEVICE_ATTR_RO(opens);

static ssize_t publications_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&to_buffer(dev)->event.publications));
}
static DEVICE_ATTR_RO(publications);

static ssize_t clients_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&to_buffer(dev)->clients.count));
}
static DEVICE_ATTR_RO(clients);

static ssize_t owner_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", from_kuid_munged(current_user_ns(), to_buffer(dev)->owner));
}
static DEVICE_ATTR_RO(owner);

static ssize_t channel_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct mmapdemo_channel *channel = to_buffer(dev)->channel;

	return sysfs_emit(buf, "%u\n", channel ? mmapdemo_channel_info(channel) : 0);
}
static DEVICE_ATTR_RO(channel);

/* clang-format off */
static struct attribute *node_attrs[] = {
	&dev_attr_size.attr,
	&dev_attr_maps.attr,
	&dev_attr_opens.attr,
	&dev_attr_publications.attr,
	&dev_attr_clients.attr,
	&dev_attr_owner.attr,
	&dev_attr_channel.attr,
	NULL,
};

/* clang-format on */
static const struct attribute_group node_group = {
	.attrs = node_attrs,
};

const struct attribute_group *mmapdemo_sysfs_groups[] = {
	&node_group,
	NULL,
};

from bluezero import adapter, async_tools, peripheral


def main():
    dongle = next(adapter.Adapter.available())
    dongle.powered = True
    strap = peripheral.Peripheral(dongle.address, local_name="Pulse")
    strap.add_service(srv_id=1, uuid="180D", primary=True)
    strap.add_characteristic(srv_id=1, chr_id=1, uuid="2A37", value=[0, 60], notifying=False, flags=["notify"])
    beats = iter(range(60, 200))

    def update():
        beat = next(beats, None)
        if beat is None:
            strap.mainloop.quit()
            return False
        strap.characteristics[0].set_value([0, beat])
        return True

    async_tools.add_timer_seconds(1, update)
    strap.publish()
    strap.ad_manager.unregister_advertisement(strap.advert)
    strap.srv_mng.unregister_application(strap.app)


if __name__ == "__main__":
    main()

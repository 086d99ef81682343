/* The sandbox's stand-in for https://js.tosspayments.com/v2/standard: opens the sandbox's own payment window. */
(function () {
  "use strict";
  var origin = new URL(document.currentScript.src).origin;
  var methods = { CARD: "카드", EASY_PAY: "간편결제", VIRTUAL_ACCOUNT: "가상계좌", TRANSFER: "계좌이체", MOBILE_PHONE: "휴대폰" };

  function openWindow(request, amount) {
    var query = new URLSearchParams({
      orderId: request.orderId,
      orderName: request.orderName || "",
      amount: String(amount.value),
      method: methods[request.method] || methods.CARD,
      successUrl: request.successUrl,
      failUrl: request.failUrl,
    });
    if (request.virtualAccount && request.virtualAccount.validHours) {
      query.set("validHours", String(request.virtualAccount.validHours));
    }
    if (request.cultureExpense) query.set("cultureExpense", "true");
    window.location.assign(origin + "/sandbox/window?" + query);
    return new Promise(function () {});
  }

  window.TossPayments = function () {
    return {
      payment: function () {
        return {
          requestPayment: function (request) {
            return openWindow(request, request.amount);
          },
        };
      },
      widgets: function () {
        var amount = { currency: "KRW", value: 0 };
        return {
          setAmount: function (value) {
            amount = value;
            return Promise.resolve();
          },
          renderPaymentMethods: function () {
            return Promise.resolve({});
          },
          renderAgreement: function () {
            return Promise.resolve({});
          },
          requestPayment: function (request) {
            return openWindow(request, amount);
          },
        };
      },
    };
  };
  window.TossPayments.ANONYMOUS = "@@ANONYMOUS";
})();
